//! Completions: texts in which the policy wrote new instructions.

use documented::{Documented, DocumentedFields};
use serde::{Deserialize, Serialize};

use crate::table::Table;

/// Why a response or completion ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// With an end-of-sequence token, a stop token or a stop string.
    Stop,
    /// At the limit of new tokens.
    Length,
}

/// One completion of a few-shot prompt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct Completion {
    /// Id within the iteration.
    pub id: String,
    /// Token ids of the prompt.
    pub prompt_tokens: Vec<u32>,
    /// Token ids of the completion, including an end-of-sequence token.
    pub output_tokens: Vec<u32>,
    /// The completion as text, without special tokens.
    pub text: String,
    /// Why it ended.
    pub finish: Finish,
    /// Sampling temperature.
    pub temperature: f32,
    /// Top-p: bound on the probability mass.
    pub top_p: f32,
    /// Top-k: bound on the number of candidate tokens; 0 for none.
    pub top_k: u32,
    /// Presence penalty.
    pub presence_penalty: f32,
    /// Frequency penalty.
    pub frequency_penalty: f32,
    /// Minimum length in tokens: nothing ends the completion earlier.
    pub min_new_tokens: u32,
    /// Limit of new tokens.
    pub max_new_tokens: u32,
    /// Number of instructions read from it.
    pub n_instructions: u32,
}

impl Table for Completion {
    const NAME: &'static str = "completions";
    const SCHEMA_VERSION: u32 = 3;
    const KEY: &'static [&'static str] = &["id"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}
