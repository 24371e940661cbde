//! The policy on burn: checkpoints, tokenizer, sampler, logprobs, optimisation step.
//!
//! A [`Policy`] is a Hugging Face folder of the Llama, Qwen2 or Qwen3 family, held in float32 on a [`Device`], its
//! products computed in f32 or in mixed precision ([`Dtype`]).
//! [`sample`] draws rollouts from it, [`logprobs`] scores them, [`Trainer`] improves it, and [`rl`] has the
//! arithmetic of policy-gradient learning as plain functions.
//!
//! This crate knows no instruction, no vote and no file of a store.

#![recursion_limit = "256"]

mod checkpoint;
mod config;
mod device;
mod dtype;
mod engine;
mod error;
mod micro_batch;
mod model;
mod ops;
mod policy;
pub mod profile;
pub mod rl;
mod sampler;
mod score;
#[cfg(test)]
mod testing;
mod tokenizer;
mod train;

pub use device::{Device, simd};
pub use dtype::Dtype;
pub use error::LmError;
pub use model::projection::{LoraConfig, LoraTarget};
pub use policy::Policy;
pub use sampler::{Finish, Group, Sample, SampleProgress, SamplingParams, sample};
pub use score::{Sequence, TokenScores, logits, logprobs};
pub use tokenizer::{Message, Tokenizer};
pub use train::{AdamWConfig, Objective, StepConfig, StepReport, TokenObjective, Trainer};
