//! Responses to instructions, and the prompts that asked for them.
//!
//! Tokens are authoritative; texts are derived from them. A prompt is stored once for all of its responses.

use documented::{Documented, DocumentedFields};
use serde::{Deserialize, Serialize};

use super::Finish;
use crate::InstructionId;
use crate::table::Table;

/// An instruction as it was put to the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct Prompt {
    /// The instruction.
    pub instruction_id: InstructionId,
    /// Its text.
    pub instruction: String,
    /// Token ids of the prompt that asks for a response to it.
    pub prompt_tokens: Vec<u32>,
}

impl Table for Prompt {
    const NAME: &'static str = "prompts";
    const SCHEMA_VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["instruction_id"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}

/// One response to one instruction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct Response {
    /// The instruction.
    pub instruction_id: InstructionId,
    /// Number of the response among those to the instruction, from 0.
    pub sample: u32,
    /// Token ids of the response, including an end-of-sequence token; training uses these.
    pub output_tokens: Vec<u32>,
    /// Log-probability of each token under the distribution it was drawn from, in nats.
    pub logprobs: Vec<f32>,
    /// Log-probability of each token under the policy itself, in nats: temperature 1, no token left out. `None` if the
    /// sampler does not report it.
    pub policy_logprobs: Option<Vec<f32>>,
    /// The response as text, without special tokens.
    pub text: String,
    /// Why it ended.
    pub finish: Finish,
}

impl Response {
    /// Log-probability of each token, in nats: under the policy or, where the sampler does not report that, under the
    /// distribution that it was drawn from. None if the sampler reports neither, as a server may.
    pub fn reported_logprobs(&self) -> Option<&[f32]> {
        let reported = self.policy_logprobs.as_ref().unwrap_or(&self.logprobs);
        (reported.len() == self.output_tokens.len()).then_some(reported)
    }
}

impl Table for Response {
    const NAME: &'static str = "responses";
    const SCHEMA_VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["instruction_id", "sample"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}
