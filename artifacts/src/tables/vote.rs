//! The vote on each instruction: the answers that its responses gave.

use documented::{Documented, DocumentedFields};
use serde::{Deserialize, Serialize};

use crate::InstructionId;
use crate::table::Table;

/// The answers of an instruction's responses, counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct Vote {
    /// The instruction.
    pub instruction_id: InstructionId,
    /// The iteration.
    pub iteration: u32,
    /// The round of the iteration.
    pub round: u32,
    /// Responses.
    pub n: u32,
    /// Responses with a canonical answer.
    pub n_parsed: u32,
    /// Responses whose answer is too large to be made canonical.
    pub n_over_budget: u32,
    /// Different canonical answers.
    pub n_distinct: u32,
    /// The majority answer as one response wrote it; none if no response has one.
    pub majority: Option<String>,
    /// The majority answer in canonical form.
    pub majority_canonical: Option<String>,
    /// Responses that gave the majority answer.
    pub majority_count: u32,
    /// Whether another answer had as many votes.
    pub tie: bool,
    /// Mean reward of the responses, 0..=1. Under the majority reward it is `majority_count / n`: responses without an
    /// answer stay in the denominator and never win.
    pub r_mean: f32,
    /// Entropy of the distribution of answers, in nats.
    pub entropy: f32,
}

impl Table for Vote {
    const NAME: &'static str = "votes";
    const SCHEMA_VERSION: u32 = 2;
    const KEY: &'static [&'static str] = &["instruction_id"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}
