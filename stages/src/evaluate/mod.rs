//! Measuring a policy on held-out problems: greedy Pass@1, Pass@K, Maj@K.
//!
//! The one room where reference answers are read. Nothing it writes is an input of another node.

mod metrics;
mod summary;

pub use metrics::{pass_at_k, wilson};
pub use summary::summarise;

use serl_answers::{Choices, Method, reference};
use serl_artifacts::table;
use serl_artifacts::tables::{EvalSample, EvalSummary, Problem};
use serl_lm::{Policy, Request, Response, SamplingParams};
use serl_pipeline::NodeContext;

use crate::StageError;
use crate::answer::{self, Reading};
use crate::ask::ask;
use crate::config::{AnswersConfig, EvalConfig, PromptConfig};
use crate::node::{self, NodeWork};
use crate::random::Place;
use crate::readings;
use crate::work::{Job, Plan, Work, finish, sample_in_parts};

/// Bump when the node's outputs change for the same inputs.
pub const CODE_VERSION: u32 = 3;

/// How a policy is measured.
#[derive(Debug, Clone, Copy)]
pub struct Protocol<'a> {
    /// Counts and sampling.
    pub eval: &'a EvalConfig,
    /// How problems are put.
    pub prompt: &'a PromptConfig,
    /// How final answers are read.
    pub answers: &'a AnswersConfig,
    /// Seed of the samples.
    pub seed: u64,
    /// Iteration of the policy, as written into the summary.
    pub iteration: u32,
}

/// What was measured.
#[derive(Debug, Clone)]
pub struct Measurement {
    /// Every response, one row group per batch: greedy ones first, then the samples.
    pub samples: Vec<Vec<EvalSample>>,
    /// One row for all problems, then one per subject and level.
    pub summary: Vec<EvalSummary>,
}

/// Reads `policy` and `problems`; writes `eval.parquet`, `eval_summary.parquet` and `unparsed.parquet`.
pub(crate) fn run(protocol: Protocol<'_>, policy: &Policy, ctx: &mut NodeContext) -> Result<(), StageError> {
    let problems: Vec<Problem> = node::read(ctx, "problems")?;
    let measured = measure(policy, &problems, protocol, &NodeWork { ctx })?;
    let responses: Vec<_> = measured
        .samples
        .iter()
        .flatten()
        .map(readings::Response::from)
        .collect();
    let mut metrics = readings::metrics(&responses);
    if let Some(all) = measured.summary.first() {
        metrics["n"] = all.n.into();
        metrics["pass_at_1"] = all.pass_at_1.into();
        metrics["pass_at_k"] = all.pass_at_k.into();
        metrics["maj_at_k"] = all.maj_at_k.into();
    }
    ctx.metrics(metrics);
    let unparsed = table::encode(&[readings::unparsed(&responses)])?;
    ctx.put_output("unparsed.parquet", &unparsed, None)?;
    ctx.put_output("eval.parquet", &table::encode(&measured.samples)?, None)?;
    ctx.put_output("eval_summary.parquet", &table::encode(&[measured.summary])?, None)?;
    Ok(())
}

/// Measures `policy` on `problems`: one greedy response each, then `k` samples of the first `sample_limit`.
///
/// # Errors
/// A prompt that does not fit the context, an unknown extraction method, a cancelled or failing `work`.
pub fn measure(
    policy: &Policy,
    problems: &[Problem],
    protocol: Protocol<'_>,
    work: &dyn Work,
) -> Result<Measurement, StageError> {
    let eval = protocol.eval;
    let mut samples = respond(policy, problems, protocol, true, work)?;
    if eval.k > 0 {
        let limit = if eval.sample_limit == 0 {
            problems.len()
        } else {
            eval.sample_limit as usize
        };
        samples.extend(respond(
            policy,
            &problems[..limit.min(problems.len())],
            protocol,
            false,
            work,
        )?);
    }
    let rows: Vec<&EvalSample> = samples.iter().flatten().collect();
    let summary = summarise(protocol.iteration, eval.k, problems, &rows);
    Ok(Measurement { samples, summary })
}

fn respond(
    policy: &Policy,
    problems: &[Problem],
    protocol: Protocol<'_>,
    greedy: bool,
    work: &dyn Work,
) -> Result<Vec<Vec<EvalSample>>, StageError> {
    let order = answer::order(protocol.answers)?;
    let jobs = problems
        .iter()
        .map(|problem| {
            let place = Place::new(protocol.seed, "evaluate")
                .at(&problem.benchmark)
                .at(&problem.id);
            let n = if greedy { 1 } else { u64::from(protocol.eval.k) };
            let seeds = (0..n).map(|i| place.clone().index(i).seed()).collect();
            let tokens = ask(policy.tokenizer(), protocol.prompt, &problem.question)?;
            Ok(Job {
                request: Request {
                    prompt: tokens,
                    seeds,
                    ..Request::default()
                },
                what: format!("problem {}", problem.id),
            })
        })
        .collect::<Result<Vec<_>, StageError>>()?;
    let plan = plan(protocol.eval, greedy);
    sample_in_parts(work, policy, &plan, &jobs, |i, samples| {
        let grade = |(sample, drawn)| grade(policy, &order, &problems[i], greedy, sample, drawn);
        samples.iter().enumerate().map(grade).collect()
    })
}

fn plan(eval: &EvalConfig, greedy: bool) -> Plan<'static> {
    // Greedy responses come one per problem: as many rows at once as the sampled ones make.
    let rows = if greedy {
        eval.batch_prompts.saturating_mul(eval.k.max(1))
    } else {
        eval.batch_prompts
    };
    Plan {
        name: if greedy { "greedy" } else { "samples" },
        batch: rows,
        params: SamplingParams {
            temperature: if greedy { 0.0 } else { eval.temperature },
            top_p: if greedy { 1.0 } else { eval.top_p },
            max_new_tokens: eval.max_new_tokens as usize,
            ..SamplingParams::default()
        },
        limit_key: "eval.max_new_tokens",
    }
}

fn grade(
    policy: &Policy,
    order: &[Method],
    problem: &Problem,
    greedy: bool,
    sample: usize,
    drawn: &Response,
) -> EvalSample {
    let text = policy.tokenizer().decode(&drawn.tokens);
    let Reading {
        answer, method, status, ..
    } = answer::read(&text, order);
    let choices = Choices::new(&problem.choices);
    let same = |answer: &str| choices.canonical(answer).ok();
    let truth = same(&reference(&problem.answer));
    // An option's text is its letter, here and in Maj@K.
    let given = answer.as_deref().and_then(same);
    EvalSample {
        benchmark: problem.benchmark.clone(),
        problem_id: problem.id.clone(),
        sample: sample as u32,
        greedy,
        output_tokens: drawn.tokens.clone(),
        text,
        finish: finish(drawn),
        correct: given.is_some() && given == truth,
        answer,
        canonical: given,
        method,
        parse_status: status,
    }
}
