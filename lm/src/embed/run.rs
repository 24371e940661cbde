//! From tokens to vectors: batches, hidden states, pooling.

use burn::tensor::Tensor;

use super::batches::batches;
use super::pooling::Pooling;
use crate::LmError;
use crate::ops::host::{self, pool::Pool};

/// Rows that are computed at least: products of a single row, or of a few short ones, add in another order (`gemm` has
/// kernels of their own for them), and a vector must not depend on its company.
const ROWS: usize = 32;

/// A model whose hidden states are pooled.
pub(super) trait Model {
    /// Every token id is below it.
    fn vocab_size(&self) -> usize;

    /// Length of a hidden state.
    fn width(&self) -> usize;

    /// How a text's hidden states become one vector.
    fn pooling(&self) -> Pooling;

    /// Hidden states `[n, width]` of sequences of these `lengths`, which lie one after another in `ids`.
    fn hidden(&self, ids: &[u32], lengths: &[usize]) -> Tensor<2>;
}

/// The vectors of texts with these `tokens`, as [`super::Embedder::embed`] returns them.
pub(super) fn vectors(model: &impl Model, tokens: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, LmError> {
    check_ids(tokens, model.vocab_size())?;
    let lengths: Vec<usize> = tokens.iter().map(Vec::len).collect();
    let mut vectors = vec![vec![0.0; model.width()]; tokens.len()];
    host::pool::within(&mut Pool::default(), || {
        for batch in batches(&lengths) {
            let mut ids: Vec<u32> = batch.iter().flat_map(|text| &tokens[*text]).copied().collect();
            let mut lengths: Vec<usize> = batch.iter().map(|text| lengths[*text]).collect();
            while ids.len() < ROWS {
                ids.extend(&tokens[batch[0]]);
                lengths.push(tokens[batch[0]].len());
            }
            let hidden = model.hidden(&ids, &lengths);
            let mut first = 0;
            host::read(&hidden, |states| -> Result<(), LmError> {
                for (text, length) in batch.into_iter().zip(lengths) {
                    let own = &states[first * model.width()..][..length * model.width()];
                    first += length;
                    let pooled = model.pooling().vector(own, model.width());
                    vectors[text] = pooled.ok_or(LmError::NoVector { text })?;
                }
                Ok(())
            })?;
            host::give(hidden);
        }
        Ok(vectors)
    })
}

/// Refuses tokens that are outside the vocabulary.
fn check_ids(tokens: &[Vec<u32>], vocab: usize) -> Result<(), LmError> {
    for (text, tokens) in tokens.iter().enumerate() {
        if let Some(id) = tokens.iter().find(|id| **id as usize >= vocab) {
            return Err(LmError::Invalid(format!(
                "text {text} has token id {id}, but the model's vocabulary has {vocab} entries: its tokenizer belongs \
                 to another model"
            )));
        }
    }
    Ok(())
}
