//! Grading the responses to held-out problems: greedy Pass@1, Pass@K, Maj@K.
//!
//! Nothing that it writes is an input of another node.

mod bootstrap;
mod curve;
mod maj;
mod metrics;
mod summary;
mod tally;
#[cfg(test)]
mod testing;

pub use curve::curves;
pub use metrics::{pass_at_k, wilson};
pub use summary::summarise;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serl_answers::Method;
use serl_artifacts::tables::{EvalCurve, EvalSummary, GradedResponse, Problem, ProblemResponse, Unparsed};
use serl_lm::Sampler;
use serl_pipeline::NodeContext;

use crate::answers::gold::Gold;
use crate::answers::reading::{self, Reading};
use crate::answers::readings::{self, Read};
use crate::config::{AnswersConfig, Config};
use crate::error::StageError;
use crate::sampling::work::Work;
use crate::solve::Solve;
use crate::stage::at::At;
use crate::stage::lab::Lab;
use crate::stage::output::TableOutput;
use crate::stage::tables::read;
use crate::stage::wires::{Inputs, Wires, add, inputs};
use crate::stage::{Settings, Stage};

/// Grades responses to held-out problems.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluate {
    answers: AnswersConfig,
    /// Responses per problem for the figures at k.
    k: u32,
}

impl Evaluate {
    /// Every response with its grade.
    pub const EVAL: TableOutput<GradedResponse> = TableOutput::new(Self::NAME, "eval.parquet");
    /// The figures: one row for all problems, then one per subject and level.
    pub const SUMMARY: TableOutput<EvalSummary> = TableOutput::new(Self::NAME, "eval_summary.parquet");
    /// Pass@k and Maj@k by k.
    pub const CURVE: TableOutput<EvalCurve> = TableOutput::new(Self::NAME, "eval_curve.parquet");
    /// Texts from which no answer could be read.
    pub const UNPARSED: TableOutput<Unparsed> = TableOutput::new(Self::NAME, "unparsed.parquet");
}

impl Stage for Evaluate {
    const NAME: &'static str = "evaluate";
    const CODE_VERSION: u32 = 7;

    fn of(settings: Settings<'_>) -> Self {
        Self {
            answers: settings.config.answers.clone(),
            k: settings.config.eval.k,
        }
    }

    fn draws(&self) -> bool {
        false
    }

    fn inputs(&self, at: At, wires: &Wires) -> Inputs {
        let mut inputs = inputs([("responses", Solve::RESPONSES.of_iteration(at.iteration))]);
        add(&mut inputs, "problems", wires.problems.as_ref());
        inputs
    }

    fn run(self, at: At, _lab: &mut Lab, ctx: &mut NodeContext<'_>) -> Result<(), StageError> {
        let problems: Vec<Problem> = read(ctx, "problems")?;
        let responses: Vec<ProblemResponse> = read(ctx, "responses")?;
        let measured = self.grade(at.iteration, &problems, responses)?;
        let responses: Vec<Read<'_>> = measured.responses.iter().map(read_row).collect();
        let mut metrics = readings::metrics(&responses);
        if let Some(all) = measured.summary.first() {
            metrics["n"] = all.n.into();
            metrics["pass_at_1"] = all.pass_at_1.into();
        }
        if let Some(sampled) = measured.summary.iter().find(|row| row.group == "all" && row.k > 0) {
            metrics["pass_at_k"] = sampled.pass_at_k.into();
            metrics["maj_at_k"] = sampled.maj_at_k.into();
        }
        ctx.metrics(metrics);
        Self::UNPARSED.put(ctx, &[readings::unparsed(&responses)])?;
        Self::EVAL.put(ctx, &[measured.responses])?;
        Self::CURVE.put(ctx, &[measured.curve])?;
        Self::SUMMARY.put(ctx, &[measured.summary])
    }
}

/// The results of an evaluation.
#[derive(Debug, Clone)]
pub struct Measurement {
    /// Every response with its grade: greedy ones first, then the sampled ones.
    pub responses: Vec<GradedResponse>,
    /// One row for all problems, then one per subject and level.
    pub summary: Vec<EvalSummary>,
    /// Pass@k and Maj@k by k.
    pub curve: Vec<EvalCurve>,
}

/// Measures the policy behind `sampler` on `problems`, as the sections `[eval]`, `[prompt]` and `[answers]` of `config`
/// and its seed say: what [`Solve`] and [`Evaluate`] do, without a store.
///
/// # Errors
/// A prompt that does not fit the context, an unknown extraction method, a cancelled or failing `work`.
pub fn measure(
    config: &Config,
    sampler: &dyn Sampler,
    problems: &[Problem],
    work: &dyn Work,
) -> Result<Measurement, StageError> {
    let settings = Settings {
        config,
        sampler: &sampler.identity(),
    };
    let responses = Solve::of(settings).respond(sampler, config.seed, problems, work)?;
    Evaluate::of(settings).grade(0, problems, responses.concat())
}

impl Evaluate {
    fn grade(
        &self,
        iteration: u32,
        problems: &[Problem],
        responses: Vec<ProblemResponse>,
    ) -> Result<Measurement, StageError> {
        let order = reading::order(&self.answers)?;
        let golds: Vec<Gold> = problems.iter().map(Gold::new).collect();
        let places = problems.iter().enumerate();
        let places: HashMap<(&str, &str), usize> = places
            .map(|(place, problem)| ((&*problem.benchmark, &*problem.id), place))
            .collect();
        let grade =
            |response: ProblemResponse| match places.get(&(&*response.benchmark, &*response.problem_id)).copied() {
                Some(place) => Ok(graded(&golds[place], response, &order)),
                None => Err(StageError::Mismatch(format!(
                    "`responses` has a response to problem {} of {}, which is not in `problems`",
                    response.problem_id, response.benchmark
                ))),
            };
        let graded: Vec<GradedResponse> = responses.into_iter().map(grade).collect::<Result<_, StageError>>()?;
        Ok(Measurement {
            summary: summarise(iteration, self.k, problems, &graded),
            curve: curves(iteration, self.k, problems, &graded),
            responses: graded,
        })
    }
}

/// The response with its grade.
fn graded(gold: &Gold, response: ProblemResponse, order: &[Method]) -> GradedResponse {
    let (reading, correct) = gold.grade(&response.text, order);
    let Reading {
        answer,
        canonical,
        method,
        status,
    } = reading;
    GradedResponse {
        benchmark: response.benchmark,
        problem_id: response.problem_id,
        sample: response.sample,
        greedy: response.greedy,
        text: response.text,
        finish: response.finish,
        correct,
        answer,
        canonical,
        method,
        parse_status: status,
    }
}

fn read_row(response: &GradedResponse) -> Read<'_> {
    Read {
        id: &response.problem_id,
        text: &response.text,
        answer: response.answer.as_deref(),
        method: response.method.as_deref(),
        status: response.parse_status,
    }
}
