//! Measurements of each optimizer step.

use std::collections::BTreeMap;

use documented::{Documented, DocumentedFields};
use serde::{Deserialize, Serialize};

use crate::table::Table;

/// An optimizer step, with the figures that every algorithm has. Figures of one algorithm are [`TrainFigure`]s.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct TrainLog {
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
    /// The algorithm's loss.
    pub loss: f64,
    /// Estimated KL divergence of the policy that sampled from the reference policy, per response token, in nats
    /// (estimator k1); none if the algorithm uses no reference policy.
    pub kl: Option<f64>,
    /// Mean reward of the step's responses.
    pub reward_mean: f64,
    /// Mean entropy of the policy at response tokens before the round, in nats; none if the algorithm needs no scores
    /// of it.
    pub entropy: Option<f64>,
    /// Global norm of the gradient before clipping.
    pub grad_norm: f64,
    /// Learning rate.
    pub lr: f64,
    /// Mean difference between the sampler's log-probabilities and the trainer's before the round, in nats (estimator
    /// k3); none if the algorithm needs no scores, or the sampler reported none.
    pub mismatch_kl: Option<f64>,
}

impl TrainLog {
    /// What was measured, by column; columns without a value are left out.
    pub fn figures(&self) -> BTreeMap<String, f64> {
        let all = [
            ("responses", Some(f64::from(self.responses))),
            ("tokens", Some(self.tokens as f64)),
            ("loss", Some(self.loss)),
            ("kl", self.kl),
            ("reward_mean", Some(self.reward_mean)),
            ("entropy", self.entropy),
            ("grad_norm", Some(self.grad_norm)),
            ("lr", Some(self.lr)),
            ("mismatch_kl", self.mismatch_kl),
        ];
        let found = all
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        found.collect()
    }
}

impl Table for TrainLog {
    const NAME: &'static str = "train_log";
    const SCHEMA_VERSION: u32 = 2;
    const KEY: &'static [&'static str] = &["step"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}

/// One figure of the algorithm at one optimizer step, such as `clip_fraction`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct TrainFigure {
    /// The iteration.
    pub iteration: u32,
    /// The round of the iteration.
    pub round: u32,
    /// The step within the round, from 0.
    pub step: u32,
    /// Name of the figure.
    pub name: String,
    /// Its value.
    pub value: f64,
}

impl Table for TrainFigure {
    const NAME: &'static str = "train_figures";
    const SCHEMA_VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["step", "name"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}
