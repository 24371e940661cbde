//! Whether a configuration fits the model: what can be known before the first node.

use serl_lm::Shape;

use super::Config;
use crate::error::StageError;

impl Config {
    /// Refuses lengths, token ids and ranks that no prompt could make possible with a model of this shape.
    ///
    /// # Errors
    /// The first setting that does not fit, with its key.
    pub fn fits(&self, shape: &Shape) -> Result<(), StageError> {
        fits_context("generate.max_new_tokens", self.generate.max_new_tokens, shape)?;
        fits_context("vote.max_new_tokens", self.vote.max_new_tokens, shape)?;
        if !self.eval.path.is_empty() {
            fits_context("eval.max_new_tokens", self.eval.max_new_tokens, shape)?;
        }
        let vocab = shape.vocab_size();
        if let Some(id) = self.generate.stop_tokens.iter().find(|&&id| id as usize >= vocab) {
            let reason = format!("{id} is no token: the model's vocabulary has {vocab} entries");
            let key = "generate.stop_tokens";
            return Err(StageError::Config { key, reason });
        }
        self.train.lora.fits(shape, "train.lora.rank")
    }
}

/// A response has at least one token of prompt before it.
fn fits_context(key: &'static str, tokens: u32, shape: &Shape) -> Result<(), StageError> {
    let context = shape.context_length();
    if (tokens as usize) < context {
        return Ok(());
    }
    let reason = format!("it is {tokens}, but a prompt and its response share the model's context of {context} tokens");
    Err(StageError::Config { key, reason })
}
