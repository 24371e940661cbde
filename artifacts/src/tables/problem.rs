//! Held-out problems with gold answers.

use documented::{Documented, DocumentedFields};
use serde::{Deserialize, Serialize};

use crate::table::Table;

/// A problem of a benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct Problem {
    /// The benchmark that it belongs to.
    pub benchmark: String,
    /// Id within the benchmark.
    pub id: String,
    /// What the policy is asked: the text of the problem, with its options if it has any.
    pub problem: String,
    /// The gold answer: as the benchmark gives it, or the letter of the right option.
    pub gold_answer: String,
    /// Other gold answers that count as well.
    pub accepted: Vec<String>,
    /// Subject, if the benchmark has subjects.
    pub subject: Option<String>,
    /// Level of difficulty, if the benchmark has levels.
    pub level: Option<String>,
    /// The options of a multiple-choice problem, with their letters; otherwise empty.
    pub choices: Vec<String>,
}

impl Table for Problem {
    const NAME: &'static str = "problems";
    const SCHEMA_VERSION: u32 = 3;
    const KEY: &'static [&'static str] = &["benchmark", "id"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}
