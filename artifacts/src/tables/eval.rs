//! Evaluation: responses to held-out problems, their grades, and the resulting figures.

use documented::{Documented, DocumentedFields};
use serde::{Deserialize, Serialize};

use super::{Finish, ParseStatus};
use crate::table::Table;

/// One response to one problem, as sampled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct ProblemResponse {
    /// The benchmark.
    pub benchmark: String,
    /// The problem.
    pub problem_id: String,
    /// Number of the response among those to the problem, from 0.
    pub sample: u32,
    /// Whether it was decoded greedily rather than sampled.
    pub greedy: bool,
    /// Token ids of the response, including an end-of-sequence token.
    pub output_tokens: Vec<u32>,
    /// The response as text, without special tokens.
    pub text: String,
    /// Why it ended.
    pub finish: Finish,
}

impl Table for ProblemResponse {
    const NAME: &'static str = "problem_responses";
    const SCHEMA_VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["benchmark", "problem_id", "greedy", "sample"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}

/// One response to one problem, graded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct GradedResponse {
    /// The benchmark.
    pub benchmark: String,
    /// The problem.
    pub problem_id: String,
    /// Number of the response among those to the problem, from 0.
    pub sample: u32,
    /// Whether it was decoded greedily rather than sampled.
    pub greedy: bool,
    /// The response as text.
    pub text: String,
    /// Why it ended.
    pub finish: Finish,
    /// The final answer as written.
    pub answer: Option<String>,
    /// The final answer in canonical form.
    pub canonical: Option<String>,
    /// The extraction method that found the answer.
    pub method: Option<String>,
    /// Whether an answer was read, and if not, why.
    pub parse_status: ParseStatus,
    /// Whether the answer equals the gold answer.
    pub correct: bool,
}

impl Table for GradedResponse {
    const NAME: &'static str = "eval";
    const SCHEMA_VERSION: u32 = 3;
    const KEY: &'static [&'static str] = &["benchmark", "problem_id", "greedy", "sample"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}

/// Figures of a set of problems. All shares are between 0 and 1.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct EvalSummary {
    /// Iteration of the policy; 0 for the untouched one.
    pub iteration: u32,
    /// The benchmark.
    pub benchmark: String,
    /// `all`, `subject=…` or `level=…`.
    pub group: String,
    /// Whether the row is of those problems of the group alone that were sampled, because not all were.
    pub sampled: bool,
    /// Number of problems, of which all figures of the row are.
    pub n: u32,
    /// Sampled responses per problem for the figures at k; 0 if the row has only figures of greedy responses.
    pub k: u32,
    /// Share of problems whose greedy response is correct.
    pub pass_at_1: f64,
    /// Lower end of its 95% interval (Wilson).
    pub pass_at_1_low: f64,
    /// Upper end of its 95% interval (Wilson).
    pub pass_at_1_high: f64,
    /// Mean share of correct responses among the sampled ones.
    pub avg_at_k: f64,
    /// Lower end of its 95% interval (bootstrap over problems).
    pub avg_at_k_low: f64,
    /// Upper end of its 95% interval (bootstrap over problems).
    pub avg_at_k_high: f64,
    /// Unbiased estimate of the share of problems with a correct answer among k samples.
    pub pass_at_k: f64,
    /// Lower end of its 95% interval (bootstrap over problems).
    pub pass_at_k_low: f64,
    /// Upper end of its 95% interval (bootstrap over problems).
    pub pass_at_k_high: f64,
    /// Share of problems whose majority answer of k samples is correct.
    pub maj_at_k: f64,
    /// Lower end of its 95% interval (bootstrap over problems).
    pub maj_at_k_low: f64,
    /// Upper end of its 95% interval (bootstrap over problems).
    pub maj_at_k_high: f64,
    /// Share of problems of which two answers had the most samples, so that the rule for ties decided.
    pub tie_share: f64,
    /// Share of responses with a canonical answer.
    pub parsed_share: f64,
}

impl Table for EvalSummary {
    const NAME: &'static str = "eval_summary";
    const SCHEMA_VERSION: u32 = 3;
    const KEY: &'static [&'static str] = &["benchmark", "group", "sampled"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}

/// Pass@k and Maj@k of a benchmark at one k, from one sampling, over the problems that were sampled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct EvalCurve {
    /// Iteration of the policy; 0 for the untouched one.
    pub iteration: u32,
    /// The benchmark.
    pub benchmark: String,
    /// Number of problems.
    pub n: u32,
    /// Samples that count.
    pub k: u32,
    /// Unbiased estimate of the share of problems with a correct answer among k samples.
    pub pass_at_k: f64,
    /// Lower end of its 95% interval (bootstrap over problems).
    pub pass_at_k_low: f64,
    /// Upper end of its 95% interval (bootstrap over problems).
    pub pass_at_k_high: f64,
    /// Mean over all subsets of k samples of the share of problems whose majority answer is correct.
    pub maj_at_k: f64,
    /// Lower end of its 95% interval (bootstrap over problems).
    pub maj_at_k_low: f64,
    /// Upper end of its 95% interval (bootstrap over problems).
    pub maj_at_k_high: f64,
}

impl Table for EvalCurve {
    const NAME: &'static str = "eval_curve";
    const SCHEMA_VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["benchmark", "k"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}
