//! Which sequences a model can have.

use crate::LmError;

/// How far the token ids and the sequences of a model go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Every token id is below it.
    pub vocab: usize,
    /// The most tokens that a prompt and its response may have together.
    pub context: usize,
}

impl Extent {
    /// Refuses a prompt that, with `new` tokens after it, is no sequence of the model. `index` names it in errors.
    pub(crate) fn check_sequence(self, index: usize, prompt: &[u32], new: usize) -> Result<(), LmError> {
        if prompt.is_empty() {
            return Err(LmError::Invalid(format!("prompt {index} is empty")));
        }
        self.check_ids(index, prompt)?;
        if prompt.len() + new > self.context {
            return Err(LmError::ContextExceeded {
                prompt: index,
                prompt_tokens: prompt.len(),
                max_new_tokens: new,
                context: self.context,
            });
        }
        Ok(())
    }

    /// Refuses tokens of prompt `index`, or of its responses, that are outside the vocabulary.
    pub(crate) fn check_ids(self, index: usize, tokens: &[u32]) -> Result<(), LmError> {
        let vocab = self.vocab;
        match tokens.iter().find(|id| **id as usize >= vocab) {
            None => Ok(()),
            Some(id) => Err(LmError::Invalid(format!(
                "prompt {index} or a response to it has token id {id}, but the model's vocabulary has {vocab} entries"
            ))),
        }
    }
}
