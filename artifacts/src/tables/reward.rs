//! Rewards: the answer read from each response, and its reward.

use documented::{Documented, DocumentedFields};
use serde::{Deserialize, Serialize};

use crate::InstructionId;
use crate::table::Table;

/// The outcome of reading the final answer of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParseStatus {
    /// There is an answer, and it has a canonical form.
    Parsed,
    /// No extraction method found an answer.
    NoAnswer,
    /// There is an answer, but it is too large to be made canonical.
    OverBudget,
}

/// The final answer of one response, and its reward.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct Reward {
    /// The instruction.
    pub instruction_id: InstructionId,
    /// Number of the response among those to the instruction, from 0.
    pub sample: u32,
    /// The final answer as written.
    pub answer: Option<String>,
    /// The final answer in canonical form.
    pub canonical: Option<String>,
    /// The extraction method that found the answer.
    pub method: Option<String>,
    /// Whether an answer was read, and if not, why.
    pub parse_status: ParseStatus,
    /// What the response is worth; under the majority reward 1 if its answer is the majority answer, else 0. `None` if
    /// the instruction's responses cannot be judged, as without a majority.
    pub reward: Option<f32>,
}

impl Table for Reward {
    const NAME: &'static str = "rewards";
    const SCHEMA_VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["instruction_id", "sample"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}
