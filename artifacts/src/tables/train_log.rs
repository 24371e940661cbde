//! Measurements of each optimizer step.

use serde::{Deserialize, Serialize};

use crate::table::Table;

/// An optimizer step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainLog {
    /// The iteration.
    pub iteration: u32,
    /// The round of the iteration.
    pub round: u32,
    /// The step within the round, from 0.
    pub step: u32,
    /// Rollouts in the batch.
    pub sequences: u32,
    /// Response tokens in the batch.
    pub tokens: u64,
    /// Loss, averaged over response tokens.
    pub loss: f64,
    /// Estimated KL divergence from the reference policy per response token, in nats.
    pub kl: f64,
    /// Mean reward of the batch.
    pub reward_mean: f64,
    /// Mean advantage over response tokens.
    pub advantage_mean: f64,
    /// Standard deviation of the advantage over response tokens.
    pub advantage_std: f64,
    /// Share of response tokens whose ratio was clipped.
    pub clip_fraction: f64,
    /// Mean entropy of the policy at response tokens, in nats.
    pub entropy: f64,
    /// Largest probability ratio of new to old policy.
    pub ratio_max: f64,
    /// Global norm of the gradient before clipping.
    pub grad_norm: f64,
    /// Learning rate.
    pub lr: f64,
    /// Mean difference between the sampler's log-probabilities and the trainer's before any step, in nats.
    pub mismatch_kl: f64,
}

impl Table for TrainLog {
    const NAME: &'static str = "train_log";
    const SCHEMA_VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["step"];
}
