//! The configuration of `serl sft`.

use std::fmt;

use serde::{Deserialize, Serialize};
use serl_lm::Dtype;
use serl_stages::config::{OptimizerSettings, Violation};
use serl_stages::sft::SftConfig;

use super::Settings;

/// The configuration file of `serl sft`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SftSettings {
    /// The policy to start from, and where it runs.
    pub model: SftModel,
    /// The documents.
    pub data: SftData,
    /// How to train the policy on them.
    pub sft: SftConfig,
}

/// `[model]`: the policy to start from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SftModel {
    /// A Hugging Face model folder.
    pub path: String,
    /// Start from random weights, drawn from `sft.seed`; the folder then needs none.
    pub random: bool,
    /// `flex` (CPU) or `cuda`, `cuda:1`, … (needs the `cuda` feature).
    pub device: String,
    /// `f32`, or `bf16` for mixed precision: operands of the blocks' matrix products in bf16, everything else in f32.
    pub dtype: Dtype,
}

impl Default for SftModel {
    fn default() -> Self {
        Self {
            path: String::new(),
            random: false,
            device: "flex".into(),
            dtype: Dtype::F32,
        }
    }
}

/// `[data]`: the documents.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SftData {
    /// A data file, a folder or a pattern of them (docs/src/data.md).
    pub path: String,
}

impl Settings for SftSettings {
    fn violations(&self) -> Vec<Violation> {
        let sft = &self.sft;
        let share = 0.0..=1.0;
        let optimizer = OptimizerSettings {
            lr: sft.lr,
            beta1: sft.beta1,
            beta2: sft.beta2,
            epsilon: sft.epsilon,
            weight_decay: sft.weight_decay,
            max_grad_norm: sft.max_grad_norm,
        };
        let optimizer = optimizer.violations([
            "sft.lr",
            "sft.beta1",
            "sft.beta2",
            "sft.epsilon",
            "sft.weight_decay",
            "sft.max_grad_norm",
        ]);
        [
            check(
                !self.model.path.is_empty(),
                "model.path",
                "empty",
                "a Hugging Face model folder",
            ),
            check(
                !self.data.path.is_empty(),
                "data.path",
                "empty",
                "a data file of documents (JSONL, Parquet, CSV, …)",
            ),
            check(sft.batch_tokens > 0, "sft.batch_tokens", sft.batch_tokens, "at least 1"),
            check(sft.epochs > 0, "sft.epochs", sft.epochs, "at least 1"),
            check(
                sft.micro_batch_tokens > 0,
                "sft.micro_batch_tokens",
                sft.micro_batch_tokens,
                "at least 1",
            ),
            check(
                share.contains(&sft.min_lr_ratio),
                "sft.min_lr_ratio",
                sft.min_lr_ratio,
                "within 0..=1",
            ),
        ]
        .into_iter()
        .flatten()
        .chain(optimizer)
        .chain(sft.lora.violations(["sft.lora.alpha", "sft.lora.targets"]))
        .collect()
    }
}

fn check(ok: bool, key: &'static str, value: impl fmt::Display, must: &'static str) -> Option<Violation> {
    (!ok).then(|| Violation {
        key,
        value: value.to_string(),
        must,
    })
}
