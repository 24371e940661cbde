//! Numbers that cannot be known before a run, each with where it comes from.

use serde::Serialize;

use super::gpu::Gpu;

/// A number and its source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Assumed {
    /// The number.
    pub value: f64,
    /// Where it comes from.
    pub source: String,
}

impl Assumed {
    /// A number from a source.
    pub fn new(value: f64, source: impl Into<String>) -> Self {
        Self {
            value,
            source: source.into(),
        }
    }
}

/// All that is assumed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Assumptions {
    /// The kind of GPU.
    pub gpu: Gpu,
    /// Mean tokens of a prompt with an instruction.
    pub prompt_tokens: Assumed,
    /// Tokens of a prompt with examples.
    pub few_shot_tokens: Assumed,
    /// Mean tokens of a response.
    pub response_tokens: Assumed,
    /// The share of instructions that are trained on.
    pub selected: Assumed,
    /// Held-out problems.
    pub problems: Assumed,
    /// The share of the peak of operations that training reaches.
    pub train_utilisation: Assumed,
    /// The share of the roofline that sampling reaches.
    pub sample_utilisation: Assumed,
    /// Bytes a second that a process reads or writes in the store.
    pub store_rate: Assumed,
}
