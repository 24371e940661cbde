//! What a command is given: the policy, the responses, and `task.json`.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use serl_artifacts::{ArtifactError, table};
use serl_lm::rl::aggregation::Aggregation;
use serl_lm::rl::kl::Estimator;
use serl_lm::rl::surrogate::{Kind, LossConfig};

use super::folders::{Folders, resolved};
use crate::error::StageError;
use crate::train::schedule::learning_rate;
use crate::train::task::{Order, Task};

/// Version of the files that commands read and write.
const SCHEMA: u32 = 1;

/// Rows of a row group.
const ROWS: usize = 1024;

/// The steps that a command is to make.
pub(super) struct Given<'a> {
    pub(super) task: &'a Task<'a>,
    pub(super) order: &'a Order,
    /// Steps made in earlier rounds, where the optimizer is carried on.
    pub(super) steps_before: u64,
    pub(super) checkpoint_steps: u32,
}

impl Given<'_> {
    /// The numbers of the responses that are trained on.
    pub(super) fn trained(&self) -> impl Iterator<Item = usize> {
        let round = self.task.round;
        (0..round.len()).filter(|&number| round.is_trained(number))
    }

    /// The learning rate of a step.
    pub(super) fn lr(&self, step: usize) -> f64 {
        learning_rate(self.task.config, self.steps_before + step as u64)
    }

    /// The response tokens of each step.
    pub(super) fn tokens(&self) -> Vec<u64> {
        let length = |number: &usize| self.task.round.response(*number).tokens.len() as u64;
        let tokens = |units: &Vec<Vec<usize>>| units.iter().flatten().map(length).sum();
        self.order.iter().map(tokens).collect()
    }

    /// Writes `rollouts.parquet` and `task.json`.
    ///
    /// # Errors
    /// A disk that cannot be written to; an algorithm whose losses have no numbers.
    pub(super) fn write(&self, folders: &Folders, resume: Option<&Path>) -> Result<(), StageError> {
        let resume = resume.map(resolved).transpose()?;
        let surrogate = self.task.targets.surrogate();
        let surrogate = surrogate.ok_or_else(|| StageError::Config {
            key: "train.backend",
            reason: "commands are given policy gradients, and `train.algorithm` is none".to_owned(),
        })?;
        let rows = self.rollouts(surrogate.advantages);
        let groups: Vec<_> = rows.chunks(ROWS).map(<[_]>::to_vec).collect();
        let write = |name: &str, bytes: &[u8]| {
            let path = folders.given().join(name);
            fs::write(&path, bytes).map_err(ArtifactError::io("write", &path))
        };
        write("rollouts.parquet", &table::encode(&groups)?)?;
        let mut loss = loss(&surrogate.loss);
        loss["entropy_coef"] = surrogate.entropy_coef.into();
        write(
            "task.json",
            format!("{:#}\n", self.task_file(loss, resume.as_deref())).as_bytes(),
        )?;
        Ok(())
    }

    fn task_file(&self, loss: Value, resume: Option<&Path>) -> Value {
        let Task { at, config, .. } = self.task;
        let rows: HashMap<usize, usize> = self.trained().zip(0..).collect();
        let tokens = self.tokens();
        let step = |(index, units): (usize, &Vec<Vec<usize>>)| {
            let rows: Vec<usize> = units
                .iter()
                .flatten()
                .filter_map(|number| rows.get(number).copied())
                .collect();
            json!({"lr": self.lr(index), "tokens": tokens[index], "rows": rows})
        };
        json!({
            "schema": SCHEMA,
            "iteration": at.iteration,
            "round": at.round(),
            "seed": at.round_place("command").seed(),
            "loss": loss,
            "adamw": {
                "beta1": config.beta1,
                "beta2": config.beta2,
                "epsilon": config.epsilon,
                "weight_decay": config.weight_decay,
            },
            "max_grad_norm": config.max_grad_norm,
            "carry_optimizer": config.carry_optimizer,
            "steps_before": self.steps_before,
            "checkpoint_steps": self.checkpoint_steps,
            "resume": resume,
            "steps": self.order.iter().enumerate().map(step).collect::<Vec<_>>(),
        })
    }
}

/// The loss in numbers.
fn loss(loss: &LossConfig) -> Value {
    let kind = match loss.kind {
        Kind::Clipped => "clipped",
        Kind::Sequence => "sequence",
        Kind::ClippedWeight => "clipped_weight",
    };
    let aggregation = match loss.aggregation {
        Aggregation::TokenMean => json!({"kind": "token_mean"}),
        Aggregation::SequenceMean => json!({"kind": "sequence_mean"}),
        Aggregation::SequenceSum => json!({"kind": "sequence_sum"}),
        Aggregation::Constant { length } => json!({"kind": "constant", "length": length}),
    };
    let estimator = |estimator| match estimator {
        Estimator::K1 => "k1",
        Estimator::K2 => "k2",
        Estimator::K3 => "k3",
    };
    let kl = loss
        .kl
        .map(|(of, coef)| json!({"estimator": estimator(of), "coef": coef}));
    json!({
        "kind": kind,
        "clip_low": loss.clip[0],
        "clip_high": loss.clip[1],
        "dual_clip": loss.dual_clip,
        "mismatch_cap": loss.mismatch_cap,
        "aggregation": aggregation,
        "kl": kl,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_loss_is_told() {
        let of = LossConfig {
            kind: Kind::Sequence,
            clip: [0.25, 0.5],
            dual_clip: Some(3.0),
            aggregation: Aggregation::Constant { length: 40 },
            kl: Some((Estimator::K2, 0.125)),
            mismatch_cap: Some(2.0),
        };
        let told = json!({
            "kind": "sequence",
            "clip_low": 0.25,
            "clip_high": 0.5,
            "dual_clip": 3.0,
            "mismatch_cap": 2.0,
            "aggregation": {"kind": "constant", "length": 40},
            "kl": {"estimator": "k2", "coef": 0.125},
        });
        assert_eq!(loss(&of), told);
        assert_eq!(loss(&LossConfig::ppo(0.5))["kl"], Value::Null);
    }
}
