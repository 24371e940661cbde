//! Rollouts: responses to instructions, with what training needs of them.

use serde::{Deserialize, Serialize};

use super::Finish;
use crate::InstructionId;
use crate::table::Table;

/// What came of reading the final answer of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParseStatus {
    /// There is an answer, and it has a canonical form.
    Parsed,
    /// No extraction method found an answer.
    NoAnswer,
    /// There is an answer, but too large a one to be made canonical.
    OverBudget,
}

/// One response to one instruction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    /// The instruction.
    pub instruction_id: InstructionId,
    /// Number of the sample among those of the instruction, from 0.
    pub sample: u32,
    /// Token ids of the prompt.
    pub prompt_tokens: Vec<u32>,
    /// Token ids of the response, an emitted end-of-sequence token included; what training uses.
    pub output_tokens: Vec<u32>,
    /// The response as text, derived from the tokens.
    pub text: String,
    /// Log-probability of each response token under the distribution it was drawn from, in nats.
    pub logprobs: Vec<f32>,
    /// Log-probability of each response token under the policy itself, in nats: temperature 1, no token left out.
    pub policy_logprobs: Vec<f32>,
    /// How it ended.
    pub finish: Finish,
    /// The final answer as written.
    pub answer: Option<String>,
    /// The final answer in canonical form.
    pub canonical: Option<String>,
    /// The extraction method that found the answer.
    pub method: Option<String>,
    /// What came of reading the answer.
    pub parse_status: ParseStatus,
    /// 1 if the answer agrees with the majority, else 0.
    pub reward: f32,
}

impl Table for Rollout {
    const NAME: &'static str = "rollouts";
    const SCHEMA_VERSION: u32 = 2;
    const KEY: &'static [&'static str] = &["instruction_id", "sample"];
}
