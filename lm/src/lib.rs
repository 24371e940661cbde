//! The policy on burn: checkpoints, tokenizer, sampler, log-probabilities, optimizer step.
//!
//! A [`Policy`] is a Hugging Face folder of a supported family, held in float32 on a [`Device`], its products computed
//! in f32 or in mixed precision ([`Dtype`]), while it samples also in int8 ([`Precision`]). It draws responses
//! ([`Sampler`]), [`logprobs`] scores them, [`Trainer`] improves it by any [`Objective`], and [`rl`] has the arithmetic
//! of policy-gradient learning as plain functions. A prompt and its responses stay together all the way, from the
//! [`Request`] to the [`Group`] that a step trains on. An [`Embedder`] turns texts into vectors.
//!
//! # Sampling
//!
//! A request has a prompt and a seed for each response. The same seed gives the same response on a CPU, whatever is
//! drawn beside it.
//!
//! ```no_run
//! use std::path::Path;
//! use serl_lm::{Device, Message, Policy, Request, Sampler, SamplingParams};
//!
//! let policy = Policy::load(Path::new("path/to/a/hugging-face-folder"), &Device::flex())?;
//! let prompt = policy.tokenizer().chat(&[Message::user("What is 12 * 7?")])?;
//! let request = Request { prompt, seeds: vec![1, 2, 3, 4], ..Request::default() };
//! let responses = policy.sample(&[request], &SamplingParams::default(), &mut |_progress| {})?;
//! for response in &responses[0] {
//!     println!("{}", policy.tokenizer().decode(&response.tokens));
//! }
//! # Ok::<(), serl_lm::LmError>(())
//! ```
//!
//! # Scoring and training
//!
//! A loss is any function of the log-probabilities of response tokens, with its derivative. This one makes responses
//! likelier:
//!
//! ```no_run
//! use std::path::Path;
//! use serl_lm::{AdamWConfig, Device, Group, Message, Objective, Policy};
//! use serl_lm::{StepConfig, Tally, TokenObjective, Trainer, logprobs};
//!
//! struct NegativeLogLikelihood;
//!
//! impl Objective for NegativeLogLikelihood {
//!     fn evaluate(&self, unit: &[(usize, &[f32])], _: &mut Tally) -> Vec<TokenObjective> {
//!         let response = |(_number, logprobs): &(usize, &[f32])| TokenObjective {
//!             loss: -logprobs.iter().map(|&logprob| f64::from(logprob)).sum::<f64>(),
//!             gradient: vec![-1.0; logprobs.len()],
//!         };
//!         unit.iter().map(response).collect()
//!     }
//! }
//!
//! let policy = Policy::load(Path::new("path/to/a/hugging-face-folder"), &Device::flex())?;
//! let prompt = policy.tokenizer().chat(&[Message::user("What is 2 + 2?")])?;
//! let response = policy.tokenizer().encode("4")?;
//! let groups = [Group { prompt: &prompt, responses: vec![&response] }];
//!
//! let micro_batch_tokens = 2048;
//! let before: f32 = logprobs(&policy, &groups, micro_batch_tokens)?[0].logprobs.iter().sum();
//!
//! let adamw = AdamWConfig { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weight_decay: 0.0 };
//! let mut trainer = Trainer::new(policy, adamw);
//! let step = StepConfig {
//!     lr: 1e-5,
//!     max_grad_norm: 1.0,
//!     micro_batch_tokens,
//!     gradient_checkpointing: false,
//!     data_parallel: 1,
//! };
//! let report = trainer.step(&groups, &NegativeLogLikelihood, &step)?;
//! println!("{before} nats before the step, gradient norm {}", report.grad_norm);
//! trainer.policy().save(Path::new("trained"))?;
//! # Ok::<(), serl_lm::LmError>(())
//! ```
//!
//! # Features
//!
//! `cuda` computes on NVIDIA GPUs. It can be built in a checkout only, as `serl-cuda` explains. `wgpu` computes on
//! other GPUs, by Vulkan, Metal or DirectX 12.
//!
//! This crate knows no instruction, no vote and no file of a store.

#![recursion_limit = "256"]

mod batching;
mod checkpoint;
mod config;
mod device;
mod dtype;
mod embed;
mod engine;
mod error;
mod export;
mod extent;
mod folder;
mod group;
mod limits;
mod memory;
mod micro_batch;
mod model;
mod ops;
mod packing;
mod policy;
mod precision;
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
mod trained;

pub use batching::Batching;
pub use checkpoint::stacked_adapters;
pub use device::{Device, products, simd};
pub use dtype::Dtype;
pub use embed::{Embedder, SentenceEncoder, nearest};
pub use error::LmError;
pub use export::{Exported, SaveDtype, export};
pub use extent::Extent;
pub use folder::Folder;
pub use group::Group;
pub use limits::Limits;
pub use memory::{Footprint, Lengths, Machine, Operations, Parameters, Rows, Training, ValueBytes, process};
pub use model::projection::{LoraConfig, LoraTarget};
pub use policy::Policy;
pub use precision::Precision;
pub use sampler::{Finish, Request, Response, Rules, SampleProgress, Sampler, SamplingParams, TEMPERATURES};
pub use score::{TokenScores, logits, logprobs};
pub use serl_chat::{Conversation, Message, Rendered};
pub use shape::Shape;
pub use survey::{ModelFile, model_files, survey};
pub use tokenizer::Tokenizer;
pub use train::{AdamWConfig, Objective, StepConfig, StepReport, Tally, TokenObjective, Trainer};
pub use trained::complete;

// The README's example is compiled as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
