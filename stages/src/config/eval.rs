//! `[eval]`: held-out problems.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer_kind::AnswerKind;
use super::benchmark::Preset;

/// How the policy is measured. Gold answers are read here and nowhere else.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EvalConfig {
    /// A data file, a folder or a pattern of them (docs/src/data.md), `hf://datasets/org/name/file` for one that was
    /// downloaded from the hub, or `builtin:quickstart/eval.jsonl`; empty: no evaluation. Execution only.
    pub path: String,
    /// The published benchmark that it is, such as `math-500` (docs/src/data.md): how its columns are read, and which
    /// of its rows belong to it. Execution only.
    pub preset: Preset,
    /// Column that holds the problem, or several, separated by commas; empty: the first of `problem`, `question`,
    /// `instruction`, `prompt`, `text` and the like.
    pub problem_column: String,
    /// Column that holds the gold answer; empty: the first of `answer`, `solution`, `target` and the like.
    pub answer_column: String,
    /// Column that holds the options of a multiple-choice problem, or one for each option, separated by commas; empty:
    /// `choices`, `options` and the like.
    pub choices_column: String,
    /// What the gold answer of a multiple-choice problem is.
    pub answer_kind: AnswerKind,
    /// Use only this many problems, from the first; 0: all.
    pub limit: u32,
    /// Samples per problem for Pass@K and Maj@K; 0: greedy Pass@1 only.
    pub k: u32,
    /// Sample only this many problems, from the first; 0: all.
    pub sample_limit: u32,
    /// Softmax temperature of the samples.
    pub temperature: f32,
    /// Nucleus mass of the samples.
    pub top_p: f32,
    /// Length limit of a response, in tokens.
    pub max_new_tokens: u32,
    /// Problems answered together; a kill loses at most one such batch.
    pub batch_prompts: u32,
    /// Measure the untouched policy too, as iteration 0.
    pub baseline: bool,
}

impl Default for EvalConfig {
    fn default() -> Self {
        Self {
            path: String::new(),
            preset: Preset::None,
            problem_column: String::new(),
            answer_column: String::new(),
            choices_column: String::new(),
            answer_kind: AnswerKind::Auto,
            limit: 0,
            k: 16,
            sample_limit: 0,
            temperature: 1.0,
            top_p: 1.0,
            max_new_tokens: 1024,
            batch_prompts: 16,
            baseline: true,
        }
    }
}
