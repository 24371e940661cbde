//! The optimizer steps of a run.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serl_artifacts::tables::TrainLog;

use super::stored::StoredRun;
use super::tables::{LOG, STEP_FIGURES};

/// An optimizer step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepRow {
    /// The figures that every algorithm has.
    #[serde(flatten)]
    pub log: TrainLog,
    /// Those of the algorithm, by name.
    pub figures: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct Figure {
    round: u32,
    step: u32,
    name: String,
    value: f64,
}

/// The steps of a run, in order.
///
/// # Errors
/// A table that cannot be read.
pub fn rows(run: &StoredRun) -> Result<Vec<StepRow>> {
    let mut all = Vec::new();
    for iteration in run.iterations() {
        let mut figures: HashMap<(u32, u32), BTreeMap<String, f64>> = HashMap::new();
        for row in run.rows_of::<Figure>(iteration, &STEP_FIGURES)? {
            figures
                .entry((row.round, row.step))
                .or_default()
                .insert(row.name, row.value);
        }
        let step = |log: TrainLog| StepRow {
            figures: figures.remove(&(log.round, log.step)).unwrap_or_default(),
            log,
        };
        all.extend(run.rows_of(iteration, &LOG)?.into_iter().map(step));
    }
    Ok(all)
}
