//! The filter's decision about each candidate instruction, with the reason.

use documented::{Documented, DocumentedFields};
use serde::{Deserialize, Serialize};

use crate::InstructionId;
use crate::table::Table;

/// Why a candidate was kept or dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterReason {
    /// It passed every rule.
    Kept,
    /// Its ROUGE-L with an instruction of the pool reaches the bound.
    TooSimilar,
    /// The pool already has the same text.
    Duplicate,
    /// It contains an excluded word.
    Keyword,
    /// It has too few words.
    TooShort,
    /// It has too many words.
    TooLong,
    /// It begins with an excluded prefix.
    Prefix,
    /// It passed, but the iteration already had enough.
    Surplus,
}

/// The filter's decision about one candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct Filtered {
    /// The candidate.
    pub id: InstructionId,
    /// Its text.
    pub text: String,
    /// Whether it was kept.
    pub kept: bool,
    /// Why.
    pub reason: FilterReason,
    /// Largest ROUGE-L (F measure) with an instruction of the pool.
    pub rouge_l_max: f32,
    /// The most similar instruction of the pool; `None` if the pool was empty or not searched.
    pub nearest: Option<InstructionId>,
    /// Its length in words.
    pub words: u32,
    /// The keyword or prefix that triggered the rule.
    pub detail: Option<String>,
}

impl Table for Filtered {
    const NAME: &'static str = "filtered";
    const SCHEMA_VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["id"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}
