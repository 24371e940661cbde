//! What computing with a model of a given shape takes, before it computes: bytes of memory, and operations.
//!
//! ```text
//! lengths ──Rows (micro-batches)──┐
//! Shape ──────────────────────────┼──> Footprint of scoring, of training
//! lengths ──schedule, cache───────┴──> Footprint of sampling
//! ```
//! Sizes come from the code that allocates: `model/params.rs` for weights, the micro-batches for rows, the scheduler
//! and the engines for keys and values. On the CPU, the sums agree with the measured peak of a process
//! (`scripts/test-memory`). Those of accelerators follow from reading the same code and were not measured on a GPU.

mod footprint;
mod machine;
mod operations;
mod rows;
mod sampling;
mod training;

pub use footprint::{Footprint, process};
pub use machine::{Machine, ValueBytes};
pub use operations::Operations;
pub use rows::{Lengths, Rows};
pub use training::Training;

use crate::config::Config;
use crate::model::params::{Param, params};
use crate::{LoraConfig, Shape};

/// Bytes of a value in f32.
const F32: usize = size_of::<f32>();

/// Bytes of a value in bf16.
const BF16: usize = 2;

/// How many values a model has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    /// In all.
    pub all: u64,
    /// In the matrices of its blocks, by which every row is multiplied.
    pub blocks: u64,
    /// In the matrix that gives the logits, be it the embedding or one of its own.
    pub head: u64,
}

impl Shape {
    /// How many values the model has.
    pub fn parameters(&self) -> Parameters {
        let config = &self.0;
        let params = params(config, None);
        let blocks = params.iter().filter(|param| param.projection.is_some());
        Parameters {
            all: params.iter().map(values).sum(),
            blocks: blocks.map(values).sum(),
            head: (config.vocab * config.hidden) as u64,
        }
    }

    /// What writing the weights takes on the host: the values of the largest one as they lie in the file, and their
    /// bytes.
    pub fn writing(&self) -> u64 {
        let params = params(&self.0, None);
        let tensors = params
            .iter()
            .flat_map(|param| param.parts.iter().map(|part| param.rows * part.width));
        (2 * F32 * tensors.max().unwrap_or(0)) as u64
    }

    /// How many values an adapter for the model has.
    pub fn adapter_parameters(&self, lora: &LoraConfig) -> u64 {
        params(&self.0, Some(lora)).trained().map(values).sum()
    }
}

/// Values of a parameter.
fn values(param: &Param) -> u64 {
    param.shape().into_iter().map(|side| side as u64).product()
}

/// Values of the largest parameter of a model.
fn largest(config: &Config) -> usize {
    let params = params(config, None);
    params.iter().map(|param| values(param) as usize).max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
