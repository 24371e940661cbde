//! `[train]`: difficulty selection and the optimizer steps.

use serde::{Deserialize, Serialize};

use super::LoraConfig;
use crate::train::algorithm::AlgorithmName;

/// The policy that the KL penalty measures from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// The policy that the run started from.
    Run,
    /// The policy that the iteration started from.
    Iteration,
}

/// What to do in a round in which no instruction was selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnEmpty {
    /// Stop with an error that says why nothing was selected.
    Fail,
    /// Pass the policy on unchanged.
    Skip,
}

/// Difficulty selection and Reinforce++ (SeRL, arXiv 2505.20347, sections 3.2 and 3.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainConfig {
    /// How rewards become a loss.
    pub algorithm: AlgorithmName,
    /// Dual-end difficulty filter: an instruction is trained on where `bounds[0] <= r_mean <= bounds[1]`.
    pub bounds: [f32; 2],
    /// What to do when none is.
    pub on_empty: OnEmpty,
    /// Learning rate.
    pub lr: f64,
    /// Optimizer steps over which the learning rate rises linearly from 0 to `lr`, counted over the run.
    pub warmup_steps: u32,
    /// Rollouts per optimizer step.
    pub batch_rollouts: u32,
    /// Passes over a round's rollouts.
    pub epochs: u32,
    /// PPO clip: the importance ratio is kept within `1 - clip ..= 1 + clip`.
    pub clip: f32,
    /// Weight of the KL penalty to the reference policy.
    pub kl_coef: f32,
    /// The reference policy.
    pub reference: Reference,
    /// AdamW: decay of the first moment.
    pub beta1: f64,
    /// AdamW: decay of the second moment.
    pub beta2: f64,
    /// AdamW: added to the root of the second moment.
    pub epsilon: f64,
    /// AdamW: decoupled weight decay of matrices.
    pub weight_decay: f64,
    /// Gradients are scaled down to this global L2 norm.
    pub max_grad_norm: f64,
    /// Carry the optimizer's moments from round to round and iteration to iteration.
    pub carry_optimizer: bool,
    /// Tokens computed at once; a prompt shared by several rollouts counts once, and on GPUs the padding of attention
    /// counts, too. Semantic: sums are rounded differently for other sizes.
    pub micro_batch_tokens: u32,
    /// Low-rank adapters in place of all weights. Every train node starts a fresh adapter on its input policy and
    /// merges it at its end (as ReLoRA does, arXiv 2307.05695): what a node passes on is a whole policy, and a run's
    /// change is a sum of products that can exceed the rank. The moments end with the adapter, so `carry_optimizer`
    /// must be off.
    pub lora: LoraConfig,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            algorithm: AlgorithmName::ReinforcePp,
            bounds: [0.2, 0.8],
            on_empty: OnEmpty::Fail,
            lr: 5e-7,
            warmup_steps: 0,
            batch_rollouts: 128,
            epochs: 1,
            clip: 0.2,
            kl_coef: 1e-4,
            reference: Reference::Run,
            beta1: 0.9,
            beta2: 0.95,
            epsilon: 1e-8,
            weight_decay: 0.0,
            max_grad_norm: 1.0,
            carry_optimizer: true,
            micro_batch_tokens: 2048,
            lora: LoraConfig::default(),
        }
    }
}
