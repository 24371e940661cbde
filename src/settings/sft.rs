//! The configuration of `serl sft`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serl_lm::Dtype;
use serl_stages::config::{Checker, OptimizerSettings, Range, Violation, schema};
use serl_stages::sft::SftConfig;

use super::Settings;

/// The configuration file of `serl sft`.
#[derive(Debug, Clone, Default, PartialEq, JsonSchema, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SftModel {
    /// A Hugging Face model folder, or the id of a model that was downloaded from the hub.
    pub path: String,
    /// Start from random weights, drawn from `sft.seed`; the folder then needs none.
    pub random: bool,
    /// `flex` (CPU), `cuda`, `cuda:1`, … (needs the feature `cuda`) or `wgpu` (other GPUs; needs the feature `wgpu`).
    pub device: String,
    /// `f32`, or `bf16` for mixed precision: operands of the blocks' matrix products in bf16, everything else in f32.
    #[schemars(schema_with = "schema::dtype")]
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
#[derive(Debug, Clone, Default, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SftData {
    /// A data file, a folder or a pattern of them (docs/src/data.md).
    pub path: String,
}

impl Settings for SftSettings {
    fn violations(&self) -> Vec<Violation> {
        self.checked().violations()
    }

    fn ranges() -> BTreeMap<&'static str, Range> {
        Self::default().checked().ranges()
    }
}

impl SftSettings {
    fn checked(&self) -> Checker {
        let mut c = Checker::default();
        let sft = &self.sft;
        let optimizer = OptimizerSettings {
            lr: sft.lr,
            beta1: sft.beta1,
            beta2: sft.beta2,
            epsilon: sft.epsilon,
            weight_decay: sft.weight_decay,
            max_grad_norm: sft.max_grad_norm,
        };
        c.require(
            !self.model.path.is_empty(),
            "model.path",
            "empty",
            "a Hugging Face model folder",
        );
        c.require(
            !self.data.path.is_empty(),
            "data.path",
            "empty",
            "a data file of documents (JSONL, Parquet, CSV, …)",
        );
        c.positive("sft.batch_tokens", sft.batch_tokens);
        c.positive("sft.epochs", sft.epochs);
        c.positive("sft.micro_batch_tokens", sft.micro_batch_tokens);
        c.within("sft.min_lr_ratio", sft.min_lr_ratio, Range::SHARE, "within 0..=1");
        let keys = [
            "sft.lr",
            "sft.beta1",
            "sft.beta2",
            "sft.epsilon",
            "sft.weight_decay",
            "sft.max_grad_norm",
        ];
        optimizer.check(keys, &mut c);
        sft.lora.check(["sft.lora.alpha", "sft.lora.targets"], &mut c);
        c
    }
}
