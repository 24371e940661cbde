//! A policy as embedder: the mean of its last hidden states, after the final norm, over a text's tokens.
//!
//! The text is encoded as it is, without a chat template, with what the tokenizer puts around any text. Such vectors
//! need no other model; a sentence encoder, which is trained for it, tells texts apart better.

use burn::tensor::Tensor;
use serde_json::{Value, json};

use super::Embedder;
use super::cut::Encoder;
use super::pooling::Pooling;
use super::run::{Model, vectors};
use crate::{LmError, Policy};

impl Embedder for Policy {
    fn identity(&self) -> Value {
        let device = self.device();
        json!({ "kind": "hidden-states", "pooling": "mean", "device": device.name(), "dtype": device.dtype() })
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, LmError> {
        let encoder = Encoder::new(self.tokenizer(), self.context_length())?;
        let tokens: Vec<Vec<u32>> = texts
            .iter()
            .map(|text| encoder.tokens(text))
            .collect::<Result<_, _>>()?;
        vectors(self, &tokens)
    }
}

impl Model for Policy {
    fn vocab_size(&self) -> usize {
        self.vocab_size()
    }

    fn width(&self) -> usize {
        self.model.config.hidden
    }

    fn pooling(&self) -> Pooling {
        Pooling::Mean
    }

    fn hidden(&self, ids: &[u32], lengths: &[usize]) -> Tensor<2> {
        self.model.forward(ids, &self.model.layout(lengths.iter().copied()))
    }
}
