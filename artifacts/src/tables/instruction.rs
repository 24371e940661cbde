//! Instructions, which the policy is asked in self-play.

use documented::{Documented, DocumentedFields};
use serde::{Deserialize, Serialize};

use crate::InstructionId;
use crate::table::Table;

/// The origin of an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The user provided it.
    Seed,
    /// A policy wrote it.
    Generated,
}

/// An instruction. It has no column for a gold answer, so that ground truth cannot reach training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct Instruction {
    /// Id, derived from the text.
    pub id: InstructionId,
    /// The iteration that wrote it; 0 for seeds.
    pub iteration: u32,
    /// Its origin.
    pub source: Source,
    /// The text.
    pub text: String,
    /// The examples in the prompt that it was written from, in order; empty for seeds.
    pub few_shot: Vec<InstructionId>,
    /// The completion that contains it; `None` for seeds.
    pub completion_id: Option<String>,
}

impl Table for Instruction {
    const NAME: &'static str = "instructions";
    const SCHEMA_VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["id"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}
