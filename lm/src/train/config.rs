//! Settings of a trainer and of a step.

use serde::{Deserialize, Serialize};

use crate::ops::slot::Update;

/// The constants of AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AdamWConfig {
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Decoupled weight decay, of matrices only (not of norms and biases).
    pub weight_decay: f64,
}

impl AdamWConfig {
    /// The numbers of the update that is step `step`, from 1, of a parameter whose gradient is multiplied by `scale`
    /// and that `decays` or does not.
    pub(super) fn update(self, step: u64, lr: f64, scale: f64, decays: bool) -> Update {
        let Self {
            beta1,
            beta2,
            epsilon,
            weight_decay,
        } = self;
        let power = step.min(i32::MAX as u64) as i32;
        Update {
            lr: lr as f32,
            beta1: beta1 as f32,
            beta2: beta2 as f32,
            epsilon: epsilon as f32,
            weight_decay: if decays { weight_decay as f32 } else { 0.0 },
            correction1: (1.0 - beta1.powi(power)) as f32,
            correction2: (1.0 - beta2.powi(power)) as f32,
            scale: scale as f32,
        }
    }
}

/// The settings of one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepConfig {
    /// Learning rate.
    pub lr: f64,
    /// Gradients are scaled down to this global L2 norm.
    pub max_grad_norm: f64,
    /// Tokens computed at once, a shared prompt counted once, as for [`crate::logprobs`]. Memory grows with it; results
    /// depend on it only by rounding.
    pub micro_batch_tokens: usize,
    /// Keep only the inputs of the model's blocks and compute the rest again in the backward pass: about 30 % more
    /// work, for activations of one block at a time. Results are the same to the bit.
    pub gradient_checkpointing: bool,
    /// Parts that the gradient is summed in, a power of two: micro-batches are dealt to them in turn, and their sums
    /// are added in pairs. As many ranks can compute them at the same time ([`crate::Trainer::on_ranks`]). Results
    /// depend on it only by rounding.
    pub data_parallel: usize,
}
