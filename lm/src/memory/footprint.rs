//! Bytes by what they are for.

use std::ops::Add;

/// Bytes that are in use at once, by what they are for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Footprint {
    /// The weights, and those of an adapter in training.
    pub weights: u64,
    /// Weights once more: packed for the CPU's sampler, rounded for products in bf16, or those of a second model.
    pub copies: u64,
    /// Gradients of what is trained.
    pub gradients: u64,
    /// Both moments of AdamW.
    pub moments: u64,
    /// Keys and values of prompts and rows.
    pub cache: u64,
    /// What a forward pass keeps for its backward pass.
    pub activations: u64,
    /// Logits, and what becomes of them.
    pub logits: u64,
    /// What is needed for a moment, and what is kept for reuse.
    pub scratch: u64,
    /// The program itself and the tokenizer; not on a device.
    pub process: u64,
}

impl Footprint {
    /// All bytes.
    pub fn total(&self) -> u64 {
        self.parts().map(|(_, bytes)| bytes).sum()
    }

    /// The parts that take anything, by name.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
        let Self {
            weights,
            copies,
            gradients,
            moments,
            cache,
            activations,
            logits,
            scratch,
            process,
        } = *self;
        let parts = [
            ("weights", weights),
            ("copies", copies),
            ("gradients", gradients),
            ("moments", moments),
            ("cache", cache),
            ("activations", activations),
            ("logits", logits),
            ("scratch", scratch),
            ("process", process),
        ];
        parts.into_iter().filter(|(_, bytes)| *bytes > 0)
    }
}

impl Add for Footprint {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            weights: self.weights + other.weights,
            copies: self.copies + other.copies,
            gradients: self.gradients + other.gradients,
            moments: self.moments + other.moments,
            cache: self.cache + other.cache,
            activations: self.activations + other.activations,
            logits: self.logits + other.logits,
            scratch: self.scratch + other.scratch,
            process: self.process + other.process,
        }
    }
}

/// Bytes of the program without a model: its code as far as it is used, threads and their buffers. Measured.
const PROGRAM: u64 = 28 << 20;

/// Bytes that a tokenizer takes for each of its tokens: the text, its merges and the tables to find them. Measured.
const TOKEN: u64 = 1400;

/// What a process takes besides its models, `tokens` being those of the tokenizer.
pub fn process(tokens: usize) -> Footprint {
    Footprint {
        process: PROGRAM + TOKEN * tokens as u64,
        ..Footprint::default()
    }
}
