//! `[train]`: difficulty selection and the optimizer steps.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use serl_lm::Dtype;

use super::{Backend, CommandConfig, LoraConfig, schema};
use crate::train::algorithm::{AggregationName, AlgorithmName, DeviationName, KlPenalty};

/// The policy that the KL penalty measures from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// The policy that the run started from.
    Run,
    /// The policy that the iteration started from.
    Iteration,
}

/// What to do in a round in which no instruction was selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnEmpty {
    /// Stop with an error that says why nothing was selected.
    Fail,
    /// Pass the policy on unchanged.
    Skip,
}

/// The responses over which advantages are normalised, and that a group's mean is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalise {
    /// Those that are trained on.
    Selected,
    /// All of the round, those to instructions that are too easy or too hard included; these are scored, too.
    All,
}

/// How the learning rate goes on after the warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// It stays at `lr`.
    Constant,
    /// It falls in a straight line to `lr_floor` of `lr`.
    Linear,
    /// It falls along half a cosine to `lr_floor` of `lr`.
    Cosine,
}

/// Difficulty selection and Reinforce++ (SeRL, arXiv 2505.20347, sections 3.2 and 3.3).
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
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
    /// How the learning rate goes on after the warm-up.
    pub schedule: Schedule,
    /// Optimizer steps, counted over the run, at which the schedule has reached its floor.
    pub schedule_steps: u32,
    /// The floor of the schedule, as a share of `lr`.
    pub lr_floor: f64,
    /// Most optimizer steps of a round; 0: as many as its rollouts fill.
    pub max_steps: u32,
    /// Optimizer steps of a round, whatever the number of its rollouts: they are passed over until the steps are done,
    /// so that settings can be compared at equal steps. 0: `epochs` says how many.
    pub steps: u32,
    /// Rollouts per optimizer step.
    pub batch_rollouts: u32,
    /// Passes over a round's rollouts.
    pub epochs: u32,
    /// PPO clip: the importance ratio is kept within `1 - clip ..= 1 + clip`. 0: as the algorithm's paper has it.
    pub clip: f32,
    /// How far the ratio may rise above 1 (clip-higher, arXiv 2503.14476). 0: as far as `clip` says.
    pub clip_high: f32,
    /// Terms of negative advantages are kept above so many times the advantage (dual clip, arXiv 1912.09729); 0 keeps
    /// none.
    pub dual_clip: f32,
    /// Where the KL to the reference policy counts, and how it is estimated.
    pub kl: KlPenalty,
    /// Weight of the KL penalty to the reference policy; beta of DPO.
    pub kl_coef: f32,
    /// KL per token, in nats, to which the weight is adapted from round to round, beginning with `kl_coef`
    /// (arXiv 1909.08593, section 2.2); 0 keeps it fixed.
    pub kl_target: f32,
    /// Responses over which a KL that is 20 % off its target changes the weight by 20 %.
    pub kl_horizon: u32,
    /// How the terms of a step's tokens are added up.
    pub aggregation: AggregationName,
    /// The standard deviation that GRPO divides a group's rewards by.
    pub deviation: DeviationName,
    /// What advantages are normalised over.
    pub normalise: Normalise,
    /// Weight of the entropy, which is added to what is maximised; tokens weigh as `aggregation` says, so that it is
    /// the mean entropy per token under `token_mean`.
    pub entropy_coef: f32,
    /// Terms are weighed by `min(trainer's probability / sampler's, mismatch_cap)`, which corrects a sampler that
    /// computes otherwise than the trainer (truncated importance sampling); 0 corrects nothing.
    pub mismatch_cap: f32,
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
    /// AdamW: the format in which moments are kept, `f32` or `bf16`. In bf16 they take half of the memory and of the
    /// disk, and are rounded after every step.
    #[schemars(schema_with = "schema::dtype")]
    pub moments: Dtype,
    /// Gradients are scaled down to this global L2 norm.
    pub max_grad_norm: f64,
    /// Carry the optimizer's moments from round to round and iteration to iteration.
    pub carry_optimizer: bool,
    /// Tokens computed at once; a prompt shared by several rollouts counts once, and on GPUs the padding of attention
    /// counts, too. Semantic: sums are rounded differently for other sizes.
    pub micro_batch_tokens: u32,
    /// Parts that a step's gradient is summed in, a power of two; as many ranks can compute them at the same time
    /// (`execution.ranks`). Semantic: sums are rounded differently for other numbers.
    pub data_parallel: u32,
    /// Low-rank adapters in place of all weights. Every train node starts a fresh adapter on its input policy and
    /// merges it at its end (as ReLoRA does, arXiv 2307.05695): what a node passes on is a whole policy, and a run's
    /// change is a sum of products that can exceed the rank. The moments end with the adapter, so `carry_optimizer`
    /// must be off.
    pub lora: LoraConfig,
    /// What makes the optimizer steps. Scores, advantages and the order of the steps are computed here in any case.
    pub backend: Backend,
    /// The command that makes them.
    pub command: CommandConfig,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            algorithm: AlgorithmName::ReinforcePp,
            bounds: [0.2, 0.8],
            on_empty: OnEmpty::Fail,
            lr: 5e-7,
            warmup_steps: 0,
            schedule: Schedule::Constant,
            schedule_steps: 2000,
            lr_floor: 0.1,
            max_steps: 0,
            steps: 0,
            batch_rollouts: 128,
            epochs: 1,
            clip: 0.0,
            clip_high: 0.0,
            dual_clip: 0.0,
            kl: KlPenalty::Preset,
            kl_coef: 1e-4,
            kl_target: 0.0,
            kl_horizon: 10_000,
            aggregation: AggregationName::Preset,
            deviation: DeviationName::Population,
            normalise: Normalise::Selected,
            entropy_coef: 0.0,
            mismatch_cap: 0.0,
            reference: Reference::Run,
            beta1: 0.9,
            beta2: 0.95,
            epsilon: 1e-8,
            weight_decay: 0.0,
            moments: Dtype::F32,
            max_grad_norm: 1.0,
            carry_optimizer: true,
            micro_batch_tokens: 2048,
            data_parallel: 1,
            lora: LoraConfig::default(),
            backend: Backend::BuiltIn,
            command: CommandConfig::default(),
        }
    }
}
