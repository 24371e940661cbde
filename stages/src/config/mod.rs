//! The configuration of a run, one struct per section of the TOML file.
//!
//! Sections of stages ([`GenerateConfig`] … [`EvalConfig`], [`PromptConfig`], [`AnswersConfig`]) are *semantic*: each
//! field can change a result, so the section enters the keys of the nodes that read it. [`ExecutionConfig`], `name`
//! and all paths are *execution*: they never change a result and enter no key (of a file, the content does).
//! Knows nothing of TOML, overrides or the command line: `serl` itself loads and merges.

mod answer_kind;
mod benchmark;
mod check;
pub(crate) mod checker;
pub(crate) mod command;
mod drift;
pub(crate) mod eval;
pub(crate) mod execution;
mod filter;
mod fit;
mod generate;
mod lora;
mod optimizer;
pub(crate) mod prompt;
mod sampler;
pub(crate) mod sampling;
pub mod schema;
mod train;
pub(crate) mod violation;
mod vote;

pub use crate::train::algorithm::{AggregationName, AlgorithmName, DeviationName, KlPenalty};
pub use crate::vote::reward::RewardConfig;
pub use answer_kind::AnswerKind;
pub use benchmark::{Benchmark, Preset};
pub use checker::{Checker, Range};
pub use command::{Backend, CommandConfig};
pub use drift::DriftConfig;
pub use eval::EvalConfig;
pub use execution::{DEFAULT_STORE, ExecutionConfig, KeepPolicies};
pub use filter::{FilterConfig, Scope};
pub use generate::{GenerateConfig, Pool};
pub use lora::LoraConfig;
pub use optimizer::OptimizerSettings;
pub use prompt::{AnswersConfig, PromptConfig, PromptFormat};
pub use sampler::{SamplerConfig, SamplerKind, ServedWeights};
pub use train::{Normalise, OnEmpty, Reference, Schedule, TrainConfig};
pub use violation::Violation;
pub use vote::VoteConfig;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serl_lm::{Dtype, Precision};

/// What the policy answers and is trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Instructions {
    /// Instructions that it has written and that passed the filter.
    Generated,
    /// The seeds, anew in every iteration: nothing is generated or filtered. With the questions of a test as seeds this
    /// is TTRL (arXiv 2504.16084).
    Seeds,
}

/// The configuration of `serl run`.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Name of the run: its folder under `<store>/runs/`. Execution only.
    pub name: String,
    /// Seed of every random draw of the run.
    pub seed: u64,
    /// SeRL iterations: generate, filter, drift, (respond, vote, train) per round, solve, evaluate.
    pub iterations: u32,
    /// Shares into which an iteration's kept instructions are dealt. Each share is answered by the then current
    /// policy and trained on before the next one is answered; 1 is stage-wise, more is closer to on-policy.
    pub rounds: u32,
    /// What the policy answers and is trained on.
    pub instructions: Instructions,
    /// The policy to start from and where it runs.
    pub model: ModelConfig,
    /// The seed instructions.
    pub seeds: SeedsConfig,
    /// How instructions and problems are put to the policy when it answers.
    pub prompt: PromptConfig,
    /// How final answers are read from responses.
    pub answers: AnswersConfig,
    /// Writing new instructions.
    pub generate: GenerateConfig,
    /// Dropping unfit instructions.
    pub filter: FilterConfig,
    /// Comparing kept instructions with the seeds.
    pub drift: DriftConfig,
    /// Responses to kept instructions.
    pub vote: VoteConfig,
    /// What a response is worth.
    pub reward: RewardConfig,
    /// Selecting by difficulty and optimising the policy.
    pub train: TrainConfig,
    /// Measuring the policy on held-out problems.
    pub eval: EvalConfig,
    /// What draws responses.
    pub sampler: SamplerConfig,
    /// Settings that never change a result.
    pub execution: ExecutionConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            name: "default".into(),
            seed: 1,
            iterations: 3,
            rounds: 1,
            instructions: Instructions::Generated,
            model: ModelConfig::default(),
            seeds: SeedsConfig::default(),
            prompt: PromptConfig::default(),
            answers: AnswersConfig::default(),
            generate: GenerateConfig::default(),
            filter: FilterConfig::default(),
            drift: DriftConfig::default(),
            vote: VoteConfig::default(),
            reward: RewardConfig::default(),
            train: TrainConfig::default(),
            eval: EvalConfig::default(),
            sampler: SamplerConfig::default(),
            execution: ExecutionConfig::default(),
        }
    }
}

/// The policy that a run starts from.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelConfig {
    /// A Hugging Face model folder; the id of a model that was downloaded from the hub, such as `org/name` or
    /// `org/name@revision`; or `builtin:quickstart`.
    pub path: String,
    /// `flex` (CPU), `cuda`, `cuda:1`, … (needs the feature `cuda`) or `wgpu` (other GPUs; needs the feature `wgpu`).
    /// Semantic: devices round differently.
    pub device: String,
    /// `f32`, or `bf16` for mixed precision: operands of the products of the policy's blocks in bf16, all else, the
    /// weights that are trained and saved included, in f32 ([`Dtype`]). Semantic.
    #[schemars(schema_with = "schema::dtype")]
    pub dtype: Dtype,
    /// In which precision the policy samples in this process. In bf16 it samples faster and takes less memory, in int8
    /// more so; `train.mismatch_cap` corrects for the difference from the precision that it trains in. Semantic.
    pub sample_dtype: SampleDtype,
}

/// In which precision a policy samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampleDtype {
    /// As `model.dtype` says.
    Same,
    /// In f32.
    F32,
    /// Operands of the products of the policy's blocks in bf16.
    Bf16,
    /// Weights, and activations that are multiplied with them, in integers of 8 bits; all else as in bf16. CPU only.
    Int8,
}

impl ModelConfig {
    /// In which precision the policy samples.
    pub fn sampled_in(&self) -> Precision {
        match self.sample_dtype {
            SampleDtype::Same => self.dtype.into(),
            SampleDtype::F32 => Precision::F32,
            SampleDtype::Bf16 => Precision::Bf16,
            SampleDtype::Int8 => Precision::Int8,
        }
    }
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            path: String::new(),
            device: "flex".into(),
            dtype: Dtype::F32,
            sample_dtype: SampleDtype::Same,
        }
    }
}

/// The seed instructions of the domain. Their answers, if the file has any, are never read.
#[derive(Debug, Clone, Default, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeedsConfig {
    /// A data file, a folder or a pattern of them (docs/src/data.md), `hf://datasets/org/name/file` for one that was
    /// downloaded from the hub, or `builtin:quickstart/seeds.jsonl`.
    pub path: String,
    /// Column that holds the instruction, or several, separated by commas; empty: the first of `problem`, `question`,
    /// `instruction`, `prompt`, `text` and the like.
    pub column: String,
    /// Column that holds the options of a multiple-choice question, or one for each option, separated by commas; empty:
    /// `choices`, `options` and the like.
    pub choices_column: String,
    /// Use only this many rows, from the first; 0: all.
    pub limit: u32,
}
