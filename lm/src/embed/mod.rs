//! Texts become vectors: those of like texts point the same way.
//!
//! A [`Policy`](crate::Policy) is an embedder: it takes the mean of its last hidden states ([`hidden_states`]). So is a
//! [`SentenceEncoder`], whose folder the user gives ([`encoder`]). Knows no instruction and no threshold.

mod batches;
mod cut;
mod encoder;
mod hidden_states;
mod nearest;
mod pooling;
mod run;

pub use encoder::SentenceEncoder;
pub use nearest::nearest;

use crate::LmError;

/// Turns texts into vectors.
pub trait Embedder {
    /// Identifies what computes, apart from the weights, as far as it can change a vector. It belongs into the key of
    /// whatever is computed from vectors. For a policy in this process: `{"kind": "hidden-states", "pooling": "mean",
    /// "device": "flex", "dtype": "f32"}`.
    fn identity(&self) -> serde_json::Value;

    /// One vector of length 1 per text, all with the same number of elements: the cosine of two texts is the product of
    /// their vectors. The vector of the empty text is zero where the tokenizer puts nothing around a text.
    ///
    /// Texts that are longer than the model's context are cut at the end. On the CPU, the bits of a vector do not
    /// depend on the other texts; whoever wants to stop in between or show progress passes a part of them at a time.
    ///
    /// # Errors
    /// A text that cannot be encoded, a vector that is not finite ([`LmError::NoVector`]).
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, LmError>;
}

#[cfg(test)]
mod tests;
