//! Selecting a round's instructions by difficulty and optimising the policy on their rollouts.
//!
//! ```text
//! votes ──> select ──> rollouts of the selected ──> old and reference logprobs ──> advantages ──> steps ──> policy
//! ```
//! Knows rewards, never where they come from: no reference answer has a place in what it reads.

mod advantages;
mod batch;
mod scores;
mod select;
mod steps;

pub use select::{explain_empty, select};

use serl_artifacts::table;
use serl_artifacts::tables::{Rollout, Selection, TrainLog, Vote};
use serl_lm::{Device, Policy};
use serl_pipeline::NodeContext;

use crate::StageError;
use crate::config::{OnEmpty, TrainConfig};
use crate::node;
use crate::random::Place;
use batch::Batch;
use steps::Steps;

/// Bump when the node's outputs change for the same inputs.
pub const CODE_VERSION: u32 = 2;

/// Which train node of the run this is, and what it may cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) seed: u64,
    pub(crate) iteration: u32,
    pub(crate) round: u32,
    /// Optimizer steps between two checkpoints; 0: none.
    pub(crate) checkpoint_steps: u32,
    /// Run the model's blocks again in the backward pass instead of keeping what they computed.
    pub(crate) gradient_checkpointing: bool,
}

/// Reads `policy`, `reference`, `rollouts`, `votes` and, if carried on, `trainer`; writes `selection.parquet`,
/// `train_log.parquet`, `policy` and, to be carried on, `trainer`, or the `adapter` that was trained.
pub(crate) fn run(
    turn: Turn,
    config: &TrainConfig,
    device: &Device,
    policy: &Policy,
    ctx: &mut NodeContext,
) -> Result<(), StageError> {
    let votes: Vec<Vote> = node::read(ctx, "votes")?;
    let rollouts: Vec<Rollout> = node::read(ctx, "rollouts")?;
    let selection = select(&votes, config.bounds);
    let batch = Batch::new(rollouts, &selection);
    ctx.put_output(
        "selection.parquet",
        &table::encode(std::slice::from_ref(&selection))?,
        None,
    )?;

    let steps = Steps {
        turn,
        config,
        device,
        place: place(turn),
    };
    let log = if batch.is_empty() {
        if config.on_empty == OnEmpty::Fail {
            return Err(StageError::Empty(nothing_selected(turn, config, &selection, &votes)));
        }
        steps.pass_on(policy, ctx)?;
        Vec::new()
    } else {
        steps.run(policy, &batch, ctx)?
    };
    report(&selection, &log, ctx);
    ctx.put_output("train_log.parquet", &table::encode(&[log])?, None)?;
    Ok(())
}

fn place(turn: Turn) -> Place {
    Place::new(turn.seed, "train")
        .index(u64::from(turn.iteration))
        .index(u64::from(turn.round))
}

fn nothing_selected(turn: Turn, config: &TrainConfig, selection: &[Selection], votes: &[Vote]) -> String {
    format!(
        "iteration {}, round {}: no instruction was selected for training: {}. Widen `train.bounds`, look at the \
         responses in this round's rollouts.parquet, or set `train.on_empty=\"skip\"` to pass the policy on unchanged",
        turn.iteration,
        turn.round,
        explain_empty(selection, votes, config.bounds),
    )
}

fn report(selection: &[Selection], log: &[TrainLog], ctx: &mut NodeContext) {
    let mean = |of: fn(&TrainLog) -> f64| {
        if log.is_empty() {
            0.0
        } else {
            log.iter().map(of).sum::<f64>() / log.len() as f64
        }
    };
    ctx.metrics(serde_json::json!({
        "instructions": selection.len(),
        "selected": selection.iter().filter(|s| s.selected).count(),
        "steps": log.len(),
        "reward_mean": mean(|l| l.reward_mean),
        "kl": mean(|l| l.kl),
        "clip_fraction": mean(|l| l.clip_fraction),
        "grad_norm": mean(|l| l.grad_norm),
        "mismatch_kl": mean(|l| l.mismatch_kl),
    }));
}
