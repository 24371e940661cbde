//! Engines run the model for the sampler: prompts are prefilled into places, rows decode from slots.
//!
//! An engine keeps keys and values and returns logits. It decides neither which rows run nor what is drawn.

pub(crate) mod burn;
pub(crate) mod cpu;
#[cfg(all(test, feature = "wgpu"))]
mod launches;
mod logits;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use logits::Logits;

/// How many prompts, rows and tokens an engine makes room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// Places for prompts.
    pub prompts: usize,
    /// Slots for rows.
    pub slots: usize,
    /// New tokens that a row may have.
    pub new_tokens: usize,
}

/// What an engine has at once, in tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// Of each prompt in memory.
    pub prompts: Vec<usize>,
    /// The limit of each row that decodes.
    pub rows: Vec<usize>,
    /// Of the prompts that are prefilled together.
    pub prefilled: usize,
}

/// Bytes that an engine takes besides the weights and the logits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Copies of weights.
    pub copies: usize,
    /// Keys and values.
    pub cache: usize,
    /// Activations of a step.
    pub scratch: usize,
}

/// A prompt to prefill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Prompt<'a> {
    /// Where its keys and values go; what was there before is replaced.
    pub place: usize,
    /// Its token ids, not empty.
    pub tokens: &'a [u32],
}

/// One token of one row to decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// The row's slot: below [`Room::slots`], each at most once in a call, in increasing order.
    pub slot: usize,
    /// The place of the prompt that the row continues.
    pub place: usize,
    /// Position of the token: the prompt's length for a row's first token, which starts the slot afresh.
    pub position: usize,
    /// The token.
    pub token: u32,
}

/// Runs the model. Logits of a row are a function of its tokens alone: not of its slot, its neighbours or the threads.
pub(crate) trait Engine {
    /// Prefills prompts of any lengths; `logits` becomes those after each prompt's last token `[prompts, vocab]`.
    fn prefill(&mut self, prompts: &[Prompt], logits: &mut Logits);

    /// Appends one token to each row; `logits` becomes those after it `[steps, vocab]`. A row that is left out has
    /// ended.
    fn decode(&mut self, steps: &[Step], logits: &mut Logits);
}
