//! How many instructions are left after each step of an iteration, one row per iteration.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use super::across::{Column, across, head};
use super::counts::{counts, mean};
use super::show::{Tabulated, number, or_dash};
use super::stored::StoredRun;
use super::tables::{CANDIDATES, READ, VERDICTS};

/// What the filter decides about a candidate.
pub const FILTER: &[&str] = &[
    "kept",
    "surplus",
    "too_similar",
    "duplicate",
    "keyword",
    "too_short",
    "too_long",
    "prefix",
];
/// What the difficulty filter decides about an instruction that was voted on.
pub const SELECTION: &[&str] = &["selected", "too_easy", "too_hard", "no_majority"];

/// One iteration. What was not run is missing.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct FunnelRow {
    /// Iteration, counted from 1.
    pub iteration: u32,
    /// Instructions that the policy wrote.
    pub candidates: Option<usize>,
    /// Candidates by what the filter decided; those it kept are `kept`.
    pub decided: BTreeMap<String, usize>,
    /// Instructions voted on, in all rounds.
    pub voted: Option<usize>,
    /// Mean of r_mean over these.
    pub agreement: Option<f64>,
    /// Instructions voted on by what the difficulty filter decided; those trained on are `selected`.
    pub difficulty: BTreeMap<String, usize>,
}

impl FunnelRow {
    /// Candidates that passed the filter.
    pub fn kept(&self) -> Option<usize> {
        self.candidates.map(|_| self.decided.get("kept").copied().unwrap_or(0))
    }

    /// Instructions that were trained on; none before the selection.
    pub fn selected(&self) -> Option<usize> {
        let decided = !self.difficulty.is_empty();
        decided.then(|| self.difficulty.get("selected").copied().unwrap_or(0))
    }
}

/// The rows of a run.
///
/// # Errors
/// A table that cannot be read.
pub fn rows(run: &StoredRun) -> Result<Vec<FunnelRow>> {
    let played = run.iterations().into_iter().filter(|&iteration| iteration > 0);
    played.map(|iteration| row(run, iteration)).collect()
}

fn row(run: &StoredRun, iteration: u32) -> Result<FunnelRow> {
    let decided = counts(run, iteration, &CANDIDATES, "reason")?;
    let filtered = run
        .nodes_of(CANDIDATES.table.stage)
        .any(|node| node.place.iteration == iteration);
    let votes = run.frame_of(iteration, &READ)?;
    let agreement = votes.as_ref().map(|votes| votes.numbers("r_mean")).transpose()?;
    Ok(FunnelRow {
        iteration,
        candidates: filtered.then(|| decided.values().sum()),
        decided,
        voted: votes.map(|votes| votes.height()),
        agreement: agreement.and_then(|values| mean(values.into_iter())),
        difficulty: counts(run, iteration, &VERDICTS, "reason")?,
    })
}

/// As a table with a column for each iteration: there are many reasons.
impl Tabulated for FunnelRow {
    fn table(rows: &[Self], runs: &[String], room: Option<usize>) -> String {
        let column = |(at, row): (usize, &Self)| Column {
            head: head(runs.get(at), row.iteration),
            figures: row.figures(),
        };
        let columns: Vec<Column> = rows.iter().enumerate().map(column).collect();
        across(&columns, room)
    }
}

impl FunnelRow {
    /// What became of the candidates and of what was kept of them, from top to bottom.
    fn figures(&self) -> Vec<(String, String)> {
        let mut figures: Vec<(String, String)> = Vec::new();
        let mut push = |name: &str, text: String| figures.push((name.to_owned(), text));
        if let Some(candidates) = self.candidates {
            push("candidates", candidates.to_string());
            for reason in FILTER {
                push(
                    &reason.replace('_', " "),
                    self.decided.get(*reason).copied().unwrap_or(0).to_string(),
                );
            }
        }
        if let Some(voted) = self.voted {
            push("voted on", voted.to_string());
            push("mean r_mean", or_dash(self.agreement, |value| number(value, 3)));
        }
        if self.selected().is_some() {
            for reason in SELECTION {
                push(
                    &reason.replace('_', " "),
                    self.difficulty.get(*reason).copied().unwrap_or(0).to_string(),
                );
            }
        }
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use serl_artifacts::tables::{FilterReason, SelectionReason};

    #[test]
    fn the_reasons_are_those_of_the_tables() {
        for reason in FILTER {
            assert!(
                serde_json::from_value::<FilterReason>(json!(reason)).is_ok(),
                "{reason}"
            );
        }
        for reason in SELECTION {
            assert!(
                serde_json::from_value::<SelectionReason>(json!(reason)).is_ok(),
                "{reason}"
            );
        }
    }
}
