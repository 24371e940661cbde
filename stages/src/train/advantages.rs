//! From rewards to one advantage per response token, by the configured algorithm.

use serl_lm::rl::advantage;

use super::batch::Batch;
use crate::config::{Algorithm, TrainConfig};

/// Advantages of a batch.
pub(crate) struct Advantages {
    /// Per sequence, per response token.
    pub(crate) per_token: Vec<Vec<f32>>,
}

/// The advantages of `batch`, where `kl[i][t]` is the k1 estimate of the KL to the reference at token `t` of response
/// `i`. Normalisation is over the whole batch, which is the whole round.
pub(crate) fn advantages(config: &TrainConfig, batch: &Batch, kl: &[Vec<f32>]) -> Advantages {
    let (rewards, groups, beta) = (&batch.rewards, &batch.groups, config.kl_coef);
    let per_token = match config.algorithm {
        Algorithm::ReinforcePp => advantage::reinforce_pp(rewards, kl, beta),
        Algorithm::ReinforcePpBaseline => advantage::reinforce_pp_baseline(rewards, groups, kl, beta),
        Algorithm::Grpo => advantage::grpo(rewards, groups, kl, beta),
        Algorithm::DrGrpo => advantage::dr_grpo(rewards, groups, kl, beta),
        Algorithm::Rloo => advantage::rloo(rewards, groups, kl, beta),
    };
    Advantages { per_token }
}
