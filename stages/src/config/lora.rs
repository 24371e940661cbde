//! `[train.lora]` and `[sft.lora]`: training low-rank adapters in place of all weights.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serl_lm::{AdamWConfig, LmError, LoraTarget, Policy, Shape, Trainer};

use super::violation::Violation;
use crate::error::StageError;

/// Low-rank adapters (LoRA, Hu et al. 2021, arXiv 2106.09685) that are trained with the weights frozen, so that
/// gradients and moments are kept for the adapters alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoraConfig {
    /// Rank of the adapters; 0: all weights are trained, and the rest of this section has no effect.
    pub rank: u32,
    /// An adapter's product is multiplied by `alpha / rank`.
    pub alpha: f64,
    /// The adapted matrices of every block.
    pub targets: Vec<LoraTarget>,
}

impl LoraConfig {
    /// The adapter to train; none if all weights are trained.
    pub fn adapter(&self) -> Option<serl_lm::LoraConfig> {
        (self.rank > 0).then(|| serl_lm::LoraConfig {
            rank: self.rank as usize,
            alpha: self.alpha,
            targets: self.targets.clone(),
        })
    }

    /// A fresh trainer of `policy`: of an adapter drawn from `seed`, or of all weights.
    ///
    /// # Errors
    /// Values out of their range.
    pub fn trainer(&self, policy: Policy, seed: u64, adamw: AdamWConfig) -> Result<Trainer, LmError> {
        match self.adapter() {
            Some(adapter) => Trainer::with_lora(policy, &adapter, seed, adamw),
            None => Ok(Trainer::new(policy, adamw)),
        }
    }

    /// Refuses a rank, whose name is `key`, that is larger than an adapted matrix of a model of this shape can have.
    ///
    /// # Errors
    /// The rank and the largest that is possible.
    pub fn fits(&self, shape: &Shape, key: &'static str) -> Result<(), StageError> {
        let largest = shape.largest_rank(&self.targets);
        if self.rank as usize <= largest {
            return Ok(());
        }
        let reason = format!(
            "it is {}, but the smallest of the adapted matrices of this model has a rank of at most {largest}",
            self.rank
        );
        Err(StageError::Config { key, reason })
    }

    /// Every value out of its range, `alpha` and `targets` being the names of the two keys.
    pub fn violations(&self, [alpha, targets]: [&'static str; 2]) -> Vec<Violation> {
        let distinct: BTreeSet<_> = self.targets.iter().collect();
        let names: Vec<&str> = self.targets.iter().map(|target| target.name()).collect();
        let checks = [
            (
                self.alpha as f32 > 0.0 && (self.alpha as f32).is_finite(),
                alpha,
                format!("{:?}", self.alpha),
                "above 0, and a 32-bit number",
            ),
            (
                !names.is_empty() && distinct.len() == names.len(),
                targets,
                format!("[{}]", names.join(", ")),
                "at least one matrix, each named once",
            ),
        ];
        let broken = checks.into_iter().filter(|(ok, ..)| self.rank > 0 && !ok);
        broken
            .map(|(_, key, value, must)| Violation { key, value, must })
            .collect()
    }
}

impl Default for LoraConfig {
    fn default() -> Self {
        Self {
            rank: 0,
            alpha: 32.0,
            targets: LoraTarget::ALL.to_vec(),
        }
    }
}
