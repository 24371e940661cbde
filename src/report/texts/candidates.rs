//! Instructions that the policy wrote, with the verdict of the filter.

use std::collections::HashMap;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::report::show::{ReportRow, number, or_dash};
use crate::report::stored::StoredRun;
use crate::report::tables::{FILTERED, SEEDS};

/// A candidate instruction.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// Its id.
    pub id: String,
    /// The iteration.
    pub iteration: u32,
    /// Its text.
    pub text: String,
    /// Whether it was kept.
    pub kept: bool,
    /// Why.
    pub reason: String,
    /// ROUGE-L with the nearest earlier instruction.
    pub rouge_l_max: f32,
    /// The id of that.
    pub nearest: Option<String>,
    /// Its text.
    pub nearest_text: Option<String>,
    /// The word or prefix that a rule excludes.
    pub detail: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    text: String,
    kept: bool,
    reason: String,
    rouge_l_max: f32,
    nearest: Option<String>,
    detail: Option<String>,
}

#[derive(Deserialize)]
struct Seed {
    id: String,
    text: String,
}

/// The candidates of an iteration, in the order in which they were judged.
///
/// # Errors
/// A table that cannot be read.
pub fn candidates(run: &StoredRun, iteration: u32) -> Result<Vec<Candidate>> {
    let mut texts: HashMap<String, String> = HashMap::new();
    if let Some(seeds) = run.input(&SEEDS)? {
        texts.extend(seeds.rows::<Seed>()?.into_iter().map(|seed| (seed.id, seed.text)));
    }
    for earlier in 1..iteration {
        let judged: Vec<Row> = run.rows_of(earlier, &FILTERED)?;
        texts.extend(judged.into_iter().map(|row| (row.id, row.text)));
    }
    let judged: Vec<Row> = run.rows_of(iteration, &FILTERED)?;
    texts.extend(judged.iter().map(|row| (row.id.clone(), row.text.clone())));
    let candidate = |row: Row| Candidate {
        iteration,
        nearest_text: row.nearest.as_ref().and_then(|id| texts.get(id).cloned()),
        id: row.id,
        text: row.text,
        kept: row.kept,
        reason: row.reason,
        rouge_l_max: row.rouge_l_max,
        nearest: row.nearest,
        detail: row.detail,
    };
    Ok(judged.into_iter().map(candidate).collect())
}

/// A candidate in one line.
impl ReportRow for Candidate {
    fn header(_: &[Self]) -> Vec<String> {
        ["iteration", "id", "reason", "ROUGE-L", "nearest", "text"]
            .map(String::from)
            .to_vec()
    }

    fn dispensable() -> &'static [&'static str] {
        &["nearest", "iteration", "ROUGE-L"]
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.iteration.to_string(),
            self.id.clone(),
            self.reason.clone(),
            number(f64::from(self.rouge_l_max), 2),
            or_dash(self.nearest.clone(), |id| id),
            self.text.split_whitespace().collect::<Vec<_>>().join(" "),
        ]
    }
}
