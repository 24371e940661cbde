//! What a row of a decoding step sees.

/// Positions of the row's prompt, and its own before the new one, which it sees as well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The place of the prompt.
    pub place: usize,
    /// Positions of the prompt.
    pub prompt: usize,
    /// Own positions before the new one.
    pub own: usize,
}

impl Seen {
    /// How many of the first positions are hidden by a window.
    pub fn hidden(self, window: usize) -> usize {
        (self.prompt + self.own + 1).saturating_sub(window)
    }
}
