//! `[train.lora]` and `[sft.lora]`: training low-rank adapters in place of all weights.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serl_lm::{AdamWConfig, LmError, LoraTarget, Policy, Shape, Trainer};

use super::checker::Checker;
use super::schema;
use super::violation::number;
use crate::error::StageError;

/// Low-rank adapters (LoRA, Hu et al. 2021, arXiv 2106.09685) that are trained with the weights frozen, so that
/// gradients and moments are kept for the adapters alone.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoraConfig {
    /// Rank of the adapters; 0: all weights are trained, and the rest of this section has no effect.
    pub rank: u32,
    /// An adapter's product is multiplied by `alpha / rank`.
    pub alpha: f64,
    /// The adapted matrices of every block.
    #[schemars(schema_with = "schema::lora_targets")]
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

    /// Refuses every value out of its range, `alpha` and `targets` being the names of the two keys. Those that train no
    /// adapter may be any.
    pub fn check(&self, [alpha, targets]: [&'static str; 2], c: &mut Checker) {
        let distinct: BTreeSet<_> = self.targets.iter().collect();
        let names: Vec<&str> = self.targets.iter().map(|target| target.name()).collect();
        let checks = [
            (
                self.alpha as f32 > 0.0 && (self.alpha as f32).is_finite(),
                alpha,
                number(self.alpha),
                if self.alpha > 0.0 {
                    "a number that 32 bits hold (1e-45 to 3.4e38)"
                } else {
                    "above 0"
                },
            ),
            (
                !names.is_empty() && distinct.len() == names.len(),
                targets,
                format!("[{}]", names.join(", ")),
                "at least one matrix, each named once",
            ),
        ];
        for (ok, key, value, must) in checks {
            c.require(ok || self.rank == 0, key, value, must);
        }
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
