//! The tokens of a text, cut to what a model can read.

use crate::{LmError, Rendered, Tokenizer};

/// Encodes texts for a model that reads a limited number of tokens.
pub(super) struct Encoder<'a> {
    tokenizer: &'a Tokenizer,
    /// What the tokenizer puts before and after a text.
    around: [Vec<u32>; 2],
    /// Tokens of a text at most, without those around it.
    most: usize,
    /// Goes before every text.
    prompt: &'a str,
}

impl<'a> Encoder<'a> {
    /// For sequences of at most `most` tokens, those around a text included.
    ///
    /// # Errors
    /// As [`Tokenizer::around`].
    pub fn new(tokenizer: &'a Tokenizer, most: usize) -> Result<Self, LmError> {
        let around = tokenizer.around()?;
        Ok(Self {
            most: most.saturating_sub(around[0].len() + around[1].len()),
            tokenizer,
            around,
            prompt: "",
        })
    }

    /// With `prompt` before every text.
    pub fn with_prompt(self, prompt: &'a str) -> Self {
        Self { prompt, ..self }
    }

    /// The tokens of a text, cut at the end. Control tokens that it spells out are text.
    ///
    /// # Errors
    /// If the tokenizer cannot encode the text.
    pub fn tokens(&self, text: &str) -> Result<Vec<u32>, LmError> {
        let mut whole = Rendered::trusted(self.prompt);
        whole.push_data(text);
        let mut tokens = self.tokenizer.encode_rendered(&whole)?;
        tokens.truncate(self.most);
        let [before, after] = &self.around;
        Ok([before.as_slice(), &tokens, after].concat())
    }
}
