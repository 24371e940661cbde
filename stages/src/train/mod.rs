//! Selecting a round's instructions by difficulty and optimising the policy on their responses.
//!
//! ```text
//! votes ──> select ──> round of the selected ──> old and reference scores ──> targets ──> steps ──> policy
//! ```
//! Knows rewards but not where they come from: nothing that it reads has a column for gold answers.

pub mod algorithm;
mod batch;
mod external;
mod gather;
mod hand;
mod kl_controller;
mod log;
mod moments;
mod outputs;
pub mod round;
mod schedule;
mod scores;
pub mod select;
mod steps;
mod task;
mod trainers;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;
use serl_artifacts::tables::{Reward, Selection, TrainFigure, TrainLog, Vote as VoteRow};
use serl_lm::Dtype;
use serl_pipeline::{NodeContext, NodeSpec};

use crate::config::{Backend, Config, Normalise, OnEmpty, TrainConfig};
use crate::error::StageError;
use crate::respond::group::Group;
use crate::stage::at::At;
use crate::stage::lab::{Compute, Lab};
use crate::stage::output::{Output, TableOutput};
use crate::stage::tables::read;
use crate::stage::wires::{Inputs, Wires, add};
use crate::stage::{Settings, Stage};
use crate::vote::Vote;
use gather::Gather;
use hand::PolicyInHand;
use log::Log;
use select::{explain_empty, select};
use steps::Steps;

/// The policy learns from the round's rewards (SeRL, arXiv 2505.20347, sections 3.2 and 3.3).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Train {
    #[serde(serialize_with = "without_idle_keys")]
    train: TrainConfig,
    /// `vote.train_n`
    train_n: u32,
    /// `vote.max_new_tokens`
    longest_response: u32,
    compute: Compute,
}

impl Train {
    /// Every instruction of the round with the verdict on its difficulty.
    pub const SELECTION: TableOutput<Selection> = outputs::SELECTION;
    /// One row per optimizer step.
    pub const LOG: TableOutput<TrainLog> = outputs::LOG;
    /// The algorithm's own figures of each step.
    pub const FIGURES: TableOutput<TrainFigure> = outputs::FIGURES;
    /// The trained policy, a model folder.
    pub const POLICY: Output = outputs::POLICY;
    /// The policy with the state of the optimizer, where that is carried on.
    pub const TRAINER: Output = outputs::TRAINER;
    /// The adapter that was trained and merged into the policy, where adapters are trained.
    pub const ADAPTER: Output = outputs::ADAPTER;
}

/// Whether the steps of `node` are made by a command, which may need more than `serl` itself.
pub fn is_by_command(node: &NodeSpec) -> bool {
    let backend = node.config.pointer("/train/backend").map(Backend::deserialize);
    node.stage == Train::NAME && matches!(backend, Some(Ok(Backend::Command)))
}

/// Without adapters nothing in their section can change a result, nor can a horizon without a target or a command that
/// is not run. These are left out of the key, and so is what is as it was before there was a key for it.
fn without_idle_keys<S: Serializer>(train: &TrainConfig, serializer: S) -> Result<S::Ok, S::Error> {
    let mut value = serde_json::to_value(train).map_err(serde::ser::Error::custom)?;
    if let Some(fields) = value.as_object_mut() {
        if train.lora.rank == 0 {
            fields.remove("lora");
        }
        if train.data_parallel == 1 {
            fields.remove("data_parallel");
        }
        if train.moments == Dtype::F32 {
            fields.remove("moments");
        }
        if train.kl_target == 0.0 {
            fields.remove("kl_target");
            fields.remove("kl_horizon");
        }
        if train.backend == Backend::BuiltIn {
            fields.remove("backend");
            fields.remove("command");
        }
    }
    value.serialize(serializer)
}

impl Stage for Train {
    const NAME: &'static str = outputs::STAGE;
    const CODE_VERSION: u32 = 4;

    fn of(settings: Settings<'_>) -> Self {
        let Config { train, vote, .. } = settings.config;
        Self {
            train: train.clone(),
            train_n: vote.train_n,
            longest_response: vote.max_new_tokens,
            compute: settings.compute(),
        }
    }

    fn models(&self) -> Vec<&'static str> {
        vec!["policy", "reference"]
    }

    fn inputs(&self, at: At, wires: &Wires) -> Inputs {
        let mut inputs = Group::inputs(at);
        add(&mut inputs, "policy", Some(&wires.policy));
        add(&mut inputs, "reference", Some(&wires.reference));
        add(&mut inputs, "rewards", Some(&Vote::REWARDS.of_round(at)));
        add(&mut inputs, "votes", Some(&Vote::VOTES.of_round(at)));
        add(&mut inputs, "trainer", wires.trainer.as_ref());
        if self.train.kl_target > 0.0 {
            add(&mut inputs, "figures", wires.figures.as_ref());
        }
        inputs
    }

    fn run(self, at: At, lab: &mut Lab, ctx: &mut NodeContext<'_>) -> Result<(), StageError> {
        let votes: Vec<VoteRow> = read(ctx, "votes")?;
        let rewards: Vec<Reward> = read(ctx, "rewards")?;
        let selection = select(&votes, &rewards, self.train.bounds);
        let gather = Gather {
            all: self.train.normalise == Normalise::All,
            responses: if self.train_n == 0 {
                usize::MAX
            } else {
                self.train_n as usize
            },
        };
        let round = gather.gather(Group::read(ctx)?, rewards, &selection)?;
        Self::SELECTION.put(ctx, std::slice::from_ref(&selection))?;

        let steps = Steps {
            at,
            config: &self.train,
            longest_response: self.longest_response,
            device: self.compute.open()?,
            execution: lab.execution.clone(),
        };
        let policy = PolicyInHand::new(lab, &steps.device);
        let log = if !round.is_empty() {
            steps.run(policy, &round, ctx)?
        } else if self.train.on_empty == OnEmpty::Skip {
            steps.pass_on(policy, ctx)?
        } else {
            return Err(StageError::Empty(self.nothing_selected(at, &selection, &votes)));
        };
        ctx.metrics(metrics(&selection, &log));
        Self::FIGURES.put(ctx, &[log.figures])?;
        Self::LOG.put(ctx, &[log.steps])
    }
}

impl Train {
    fn nothing_selected(&self, at: At, selection: &[Selection], votes: &[VoteRow]) -> String {
        format!(
            "iteration {}, round {}: no instruction was selected for training: {}. Widen `train.bounds`, read the \
             responses in this round's responses.parquet, or set `train.on_empty=\"skip\"` to pass the policy on \
             unchanged",
            at.iteration,
            at.round(),
            explain_empty(selection, votes, self.train.bounds),
        )
    }
}

fn metrics(selection: &[Selection], log: &Log) -> serde_json::Value {
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let of = |value: fn(&TrainLog) -> Option<f64>| mean(log.steps.iter().filter_map(value).collect());
    let mut metrics = json!({
        "instructions": selection.len(),
        "selected": selection.iter().filter(|s| s.selected).count(),
        "steps": log.steps.len(),
        "tokens": log.tokens(0),
        "reward_mean": of(|l| Some(l.reward_mean)),
        "kl": of(|l| l.kl),
        "grad_norm": of(|l| Some(l.grad_norm)),
        "mismatch_kl": of(|l| l.mismatch_kl),
    });
    for name in log.names() {
        let values = log.figures.iter().filter(|f| f.name == name);
        metrics[name] = mean(values.map(|f| f.value).collect()).into();
    }
    metrics
}
