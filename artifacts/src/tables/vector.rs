//! What an embedder makes of instructions.

use documented::{Documented, DocumentedFields};
use serde::{Deserialize, Serialize};

use crate::InstructionId;
use crate::table::Table;

/// The vector of one instruction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct Vector {
    /// The instruction.
    pub instruction_id: InstructionId,
    /// Its vector, at length 1: the cosine of two instructions is the product of theirs.
    pub vector: Vec<f32>,
}

impl Table for Vector {
    const NAME: &'static str = "vectors";
    const SCHEMA_VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["instruction_id"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}
