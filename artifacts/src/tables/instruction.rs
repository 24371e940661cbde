//! Instructions: what is asked of the policy.

use serde::{Deserialize, Serialize};

use crate::InstructionId;
use crate::table::Table;

/// Where an instruction comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The user gave it.
    Seed,
    /// A policy wrote it.
    Generated,
}

/// An instruction. It has no place for a gold answer, so that ground truth cannot reach training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instruction {
    /// Id, made of the text.
    pub id: InstructionId,
    /// The iteration that wrote it; 0 for seeds.
    pub iteration: u32,
    /// Where it comes from.
    pub source: Source,
    /// The text.
    pub text: String,
    /// The examples that stood in the prompt it was written from, in their order; none for seeds.
    pub few_shot: Vec<InstructionId>,
    /// The completion it is an item of; none for seeds.
    pub completion_id: Option<String>,
}

impl Table for Instruction {
    const NAME: &'static str = "instructions";
    const SCHEMA_VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["id"];
}
