//! The policy on burn: checkpoints, tokenizer, sampler, log-probabilities, optimizer step.
//!
//! A [`Policy`] is a Hugging Face folder of a supported family, held in float32 on a [`Device`], its
//! products computed in f32 or in mixed precision ([`Dtype`]).
//! It draws responses ([`Sampler`]), [`logprobs`] scores them, [`Trainer`] improves it by any [`Objective`], and [`rl`]
//! has the arithmetic of policy-gradient learning as plain functions. A prompt and its responses stay together all the
//! way, from the [`Request`] to the [`Group`] that a step trains on. An [`Embedder`] turns texts into vectors.
//!
//! This crate knows no instruction, no vote and no file of a store.

#![recursion_limit = "256"]

mod checkpoint;
mod config;
mod device;
mod dtype;
mod embed;
mod engine;
mod error;
mod export;
mod folder;
mod group;
mod micro_batch;
mod model;
mod ops;
mod packing;
mod policy;
pub mod profile;
pub mod rl;
mod sampler;
mod score;
mod shape;
mod survey;
#[cfg(test)]
mod testing;
mod tokenizer;
mod train;

pub use device::{Device, simd};
pub use dtype::Dtype;
pub use embed::{Embedder, SentenceEncoder, nearest};
pub use error::LmError;
pub use export::{Exported, SaveDtype, export};
pub use folder::Folder;
pub use group::Group;
pub use model::projection::{LoraConfig, LoraTarget};
pub use policy::Policy;
pub use sampler::{Finish, Request, Response, SampleProgress, Sampler, SamplingParams, TEMPERATURES};
pub use score::{TokenScores, logits, logprobs};
pub use serl_chat::{Conversation, Message, Rendered};
pub use shape::Shape;
pub use survey::{ModelFile, model_files, survey};
pub use tokenizer::Tokenizer;
pub use train::{AdamWConfig, Objective, StepConfig, StepReport, TokenObjective, Trainer};

// The README's example is compiled as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
