//! A text with the parts of it that came from outside.

use std::ops::Range;

/// A text that knows which parts of it are data: what a user wrote, as against what a template or a configuration
/// says. Control tokens that data spells out are not control tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendered {
    text: String,
    data: Vec<Range<usize>>,
}

impl Rendered {
    /// A text that is data nowhere.
    pub fn trusted(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            data: Vec::new(),
        }
    }

    /// The text with these byte ranges as data: in order, apart, on character boundaries.
    pub(crate) fn new(text: String, data: Vec<Range<usize>>) -> Self {
        Self { text, data }
    }

    /// Appends a text that is not data.
    pub fn push_trusted(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends data.
    pub fn push_data(&mut self, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        match self.data.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.end == start => last.end = self.text.len(),
            _ => self.data.push(start..self.text.len()),
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The byte ranges that are data, in order and apart.
    pub fn data(&self) -> &[Range<usize>] {
        &self.data
    }
}
