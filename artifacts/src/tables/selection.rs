//! The instructions that a round trained on, with the reasons.

use documented::{Documented, DocumentedFields};
use serde::{Deserialize, Serialize};

use crate::InstructionId;
use crate::table::Table;

/// Why an instruction was selected or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelectionReason {
    /// Its `r_mean` is within the bounds.
    Selected,
    /// Its `r_mean` is below the lower bound.
    TooHard,
    /// Its `r_mean` is above the upper bound.
    TooEasy,
    /// Nothing is rewarded, such as without a majority: no response has an answer.
    NoMajority,
}

/// The decision about one instruction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct Selection {
    /// The instruction.
    pub instruction_id: InstructionId,
    /// The iteration.
    pub iteration: u32,
    /// The round of the iteration.
    pub round: u32,
    /// Mean reward of its responses: under the majority reward, the share that gave the majority answer.
    pub r_mean: f32,
    /// Whether it was trained on.
    pub selected: bool,
    /// Why.
    pub reason: SelectionReason,
}

impl Table for Selection {
    const NAME: &'static str = "selection";
    const SCHEMA_VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["instruction_id"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}
