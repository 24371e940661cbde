//! The optimizer steps of a run.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::stored::StoredRun;
use super::tables::{LOG, STEP_FIGURES};
use super::texts::rows as rows_of;

/// An optimizer step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRow {
    /// The iteration.
    pub iteration: u32,
    /// The round of the iteration.
    pub round: u32,
    /// The step within the round, from 0.
    pub step: u32,
    /// Responses in the step.
    pub responses: u32,
    /// Response tokens in the step.
    pub tokens: u64,
    /// The loss.
    pub loss: f64,
    /// KL divergence from the reference policy per token, in nats (k1 estimate).
    pub kl: Option<f64>,
    /// Mean reward of its responses.
    pub reward_mean: f64,
    /// Mean entropy of the policy at response tokens, in nats.
    pub entropy: Option<f64>,
    /// Norm of the gradient before clipping.
    pub grad_norm: f64,
    /// Learning rate.
    pub lr: f64,
    /// Mean difference between the log-probabilities of sampler and trainer, in nats (k3 estimate).
    pub mismatch_kl: Option<f64>,
    /// The figures of the algorithm.
    #[serde(skip_deserializing)]
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
        for row in rows_of::<Figure>(run, iteration, &STEP_FIGURES)? {
            figures
                .entry((row.round, row.step))
                .or_default()
                .insert(row.name, row.value);
        }
        let mut steps: Vec<StepRow> = rows_of(run, iteration, &LOG)?;
        for step in &mut steps {
            step.figures = figures.remove(&(step.round, step.step)).unwrap_or_default();
        }
        all.extend(steps);
    }
    Ok(all)
}
