//! Held-out problems with their gold answers.

use serde::{Deserialize, Serialize};

use crate::table::Table;

/// A problem of a benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// The benchmark it belongs to.
    pub benchmark: String,
    /// Id within the benchmark.
    pub id: String,
    /// Its text.
    pub problem: String,
    /// The gold answer: the one that the benchmark gives.
    pub gold_answer: String,
    /// Subject, where the benchmark has subjects.
    pub subject: Option<String>,
    /// Level of difficulty, where the benchmark has levels.
    pub level: Option<String>,
    /// The choices of a multiple-choice problem, else none.
    pub choices: Vec<String>,
}

impl Table for Problem {
    const NAME: &'static str = "problems";
    const SCHEMA_VERSION: u32 = 2;
    const KEY: &'static [&'static str] = &["benchmark", "id"];
}
