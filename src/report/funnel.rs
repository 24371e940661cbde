//! How many instructions are left after each step of an iteration, one row per iteration.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use super::counts::{counts, mean};
use super::stored::StoredRun;
use super::tables::{CANDIDATES, READ, VERDICTS};

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
