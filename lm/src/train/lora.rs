//! Trainers of a low-rank adapter on a frozen policy.

use std::path::Path;

use super::{AdamWConfig, Trainer};
use crate::checkpoint::peft;
use crate::folder::Folder;
use crate::model::projection::{LoraConfig, present};
use crate::{LmError, Policy};

impl Trainer {
    /// A trainer of a fresh adapter on `policy`, whose own weights stay as they are: gradients and moments are kept for
    /// the adapter alone (Hu et al. 2021, arXiv:2106.09685). The adapter depends on the policy's shapes, `lora` and
    /// `seed`.
    ///
    /// # Errors
    /// A rank of 0, no target, a target given twice, an `alpha` that is not above 0; only some of the targets that the
    /// model has in one matrix.
    pub fn with_lora(mut policy: Policy, lora: &LoraConfig, seed: u64, config: AdamWConfig) -> Result<Self, LmError> {
        let mut targets = lora.targets.clone();
        targets.sort_unstable();
        targets.dedup();
        let good = lora.rank > 0 && lora.alpha > 0.0 && lora.alpha.is_finite();
        if !good || targets.is_empty() || targets.len() < lora.targets.len() {
            return Err(LmError::Invalid(format!(
                "rank {}, alpha {} and targets {:?} make no adapter: rank and alpha must be above 0, and there must be \
                 targets, each named once",
                lora.rank, lora.alpha, lora.targets
            )));
        }
        let Some(targets) = present(&lora.targets, policy.model.config.fused) else {
            return Err(LmError::Invalid(format!(
                "targets {:?} are parts of matrices: this model has queries, keys and values in one matrix, and gate \
                 and up in another; name all parts, or `qkv_proj` and `gate_up_proj`",
                lora.targets
            )));
        };
        let lora = LoraConfig {
            targets,
            ..lora.clone()
        };
        policy.model.adapt(&lora, seed);
        Ok(Self::new(policy, config))
    }

    /// Continues with the adapter and the moments that [`Trainer::save`] wrote; `policy` is the one that the trainer
    /// started from.
    ///
    /// # Errors
    /// As [`Policy::with_adapter`]; an optimizer state that is missing, damaged or of another adapter.
    pub fn resume_lora(mut policy: Policy, folder: impl Into<Folder>) -> Result<Self, LmError> {
        let folder = folder.into();
        policy.attach(&folder)?;
        Self::carry_on(policy, folder)
    }

    /// Writes the adapter as PEFT does. The folder is created; a trainer without an adapter writes nothing.
    pub fn save_adapter(&self, dir: &Path) -> Result<(), LmError> {
        std::fs::create_dir_all(dir).map_err(LmError::io("create", dir))?;
        peft::save(&self.policy.model, dir)
    }
}
