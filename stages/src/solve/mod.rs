//! The policy responds to the held-out problems. Only samples; [`crate::evaluate`] grades.
//!
//! Problems come with their gold answers, which are not read here. Nothing that this stage writes is an input of
//! training.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use serl_artifacts::tables::{Problem, ProblemResponse};
use serl_lm::{Request, Response, Sampler, SamplingParams};
use serl_pipeline::NodeContext;
use serl_random::Place;

use crate::config::{EvalConfig, PromptConfig};
use crate::error::StageError;
use crate::sampling::ask::ask;
use crate::sampling::lengths;
use crate::sampling::work::{Job, NodeWork, Plan, Work, finish, prepare, sample_in_parts};
use crate::stage::at::At;
use crate::stage::lab::Lab;
use crate::stage::output::TableOutput;
use crate::stage::tables::read;
use crate::stage::wires::{Inputs, Wires, add, inputs};
use crate::stage::{Settings, Stage};

/// How held-out problems are sampled: the part of `[eval]` that responses depend on. Paths, columns and limits decide
/// which problems there are; the table of problems is itself an input.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sampling {
    k: u32,
    sample_limit: u32,
    temperature: f32,
    top_p: f32,
    max_new_tokens: u32,
    batch_prompts: u32,
}

impl From<&EvalConfig> for Sampling {
    fn from(eval: &EvalConfig) -> Self {
        Self {
            k: eval.k,
            sample_limit: eval.sample_limit,
            temperature: eval.temperature,
            top_p: eval.top_p,
            max_new_tokens: eval.max_new_tokens,
            batch_prompts: eval.batch_prompts,
        }
    }
}

/// The policy responds to held-out problems: greedily to all, then `k` times to the first `sample_limit`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Solve {
    eval: Sampling,
    prompt: PromptConfig,
    sampler: Value,
}

impl Solve {
    /// The responses: greedy ones first, then the sampled ones.
    pub const RESPONSES: TableOutput<ProblemResponse> = TableOutput::new(Self::NAME, "responses.parquet");

    /// The label of all draws. It dates from when this stage also graded; another label would change the draws.
    const DRAWS: &'static str = "evaluate";
}

impl Stage for Solve {
    const NAME: &'static str = "solve";
    const CODE_VERSION: u32 = 2;

    fn of(settings: Settings<'_>) -> Self {
        let config = settings.config;
        Self {
            eval: Sampling::from(&config.eval),
            prompt: config.prompt.clone(),
            sampler: settings.sampler.clone(),
        }
    }

    fn models(&self) -> Vec<&'static str> {
        vec!["policy"]
    }

    fn inputs(&self, _at: At, wires: &Wires) -> Inputs {
        let mut inputs = inputs([("policy", wires.policy.clone())]);
        add(&mut inputs, "problems", wires.problems.as_ref());
        inputs
    }

    fn run(self, at: At, lab: &mut Lab, ctx: &mut NodeContext<'_>) -> Result<(), StageError> {
        let problems: Vec<Problem> = read(ctx, "problems")?;
        let sampler = lab.sampler(ctx, "policy", &self.sampler)?;
        let responses = self.respond(&*sampler, at.seed, &problems, &NodeWork { ctx })?;
        let count: usize = responses.iter().map(Vec::len).sum();
        let lengths = responses.iter().flatten().map(|r| (r.output_tokens.len(), r.finish));
        let mut metrics = json!({ "problems": problems.len(), "responses": count });
        lengths::add(&mut metrics, lengths);
        ctx.metrics(metrics);
        Self::RESPONSES.put(ctx, &responses)
    }
}

impl Solve {
    /// The responses to `problems`, one row group for each batch: greedy ones first, then the sampled ones. Draws
    /// depend on `seed` and the problem, not on the iteration: what differs between iterations is the policy.
    ///
    /// # Errors
    /// A prompt that does not fit the context, a sampler that fails, a cancelled or failing `work`.
    pub fn respond(
        &self,
        sampler: &dyn Sampler,
        seed: u64,
        problems: &[Problem],
        work: &dyn Work,
    ) -> Result<Vec<Vec<ProblemResponse>>, StageError> {
        let place = Place::new(seed, Self::DRAWS);
        let mut responses = self.sample(sampler, &place, problems, Decoding::Greedy, work)?;
        if self.eval.k > 0 {
            let limit = match self.eval.sample_limit as usize {
                0 => problems.len(),
                limit => limit.min(problems.len()),
            };
            responses.extend(self.sample(sampler, &place, &problems[..limit], Decoding::Sampled, work)?);
        }
        Ok(responses)
    }

    fn sample(
        &self,
        sampler: &dyn Sampler,
        place: &Place,
        problems: &[Problem],
        decoding: Decoding,
        work: &dyn Work,
    ) -> Result<Vec<Vec<ProblemResponse>>, StageError> {
        let n = match decoding {
            Decoding::Greedy => 1,
            Decoding::Sampled => u64::from(self.eval.k),
        };
        let job = |i: usize| {
            let problem = &problems[i];
            let place = place.clone().at(&problem.benchmark).at(&problem.id);
            Ok(Job {
                request: Request {
                    prompt: ask(sampler.tokenizer(), &self.prompt, &problem.problem)?.tokens,
                    seeds: (0..n).map(|i| place.clone().index(i).seed()).collect(),
                    ..Request::default()
                },
                what: format!("problem {}", problem.id),
            })
        };
        let jobs = prepare(work, problems.len(), job)?;
        let rows = |i: usize, responses: Vec<Response>| {
            let row = |(sample, response): (usize, Response)| ProblemResponse {
                benchmark: problems[i].benchmark.clone(),
                problem_id: problems[i].id.clone(),
                sample: sample as u32,
                greedy: decoding == Decoding::Greedy,
                text: sampler.tokenizer().decode(&response.tokens),
                output_tokens: response.tokens,
                finish: finish(response.finish),
            };
            responses.into_iter().enumerate().map(row).collect()
        };
        sample_in_parts(work, sampler, &self.plan(decoding), &jobs, rows)
    }

    fn plan(&self, decoding: Decoding) -> Plan<'static> {
        let eval = &self.eval;
        let common = SamplingParams {
            max_new_tokens: eval.max_new_tokens as usize,
            ..SamplingParams::default()
        };
        match decoding {
            Decoding::Greedy => Plan {
                name: "greedy",
                // One response per problem: as many rows decode together as the sampled responses make.
                batch: eval.batch_prompts.saturating_mul(eval.k.max(1)),
                params: SamplingParams {
                    temperature: 0.0,
                    top_p: 1.0,
                    ..common
                },
                limit_key: "eval.max_new_tokens",
            },
            Decoding::Sampled => Plan {
                name: "samples",
                batch: eval.batch_prompts,
                params: SamplingParams {
                    temperature: eval.temperature,
                    top_p: eval.top_p,
                    ..common
                },
                limit_key: "eval.max_new_tokens",
            },
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decoding {
    Greedy,
    Sampled,
}
