//! Texts that know which of their bytes came from outside.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A text with the byte ranges that came from outside: sorted, apart, on character boundaries.
///
/// Whatever a template does to a text (trim, slice, replace, join, JSON), the ranges follow their characters.
#[derive(Clone, Default)]
pub(crate) struct Text {
    text: Arc<str>,
    marks: Option<Arc<[Range<usize>]>>,
}

impl Text {
    /// A text of the template.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self {
            text: text.into(),
            marks: None,
        }
    }

    /// A text from outside.
    pub fn marked(text: impl Into<Arc<str>>) -> Self {
        let text: Arc<str> = text.into();
        let marks = (!text.is_empty()).then(|| std::iter::once(0..text.len()).collect());
        Self { text, marks }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Bytes.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Characters, which Python counts.
    pub fn chars(&self) -> usize {
        self.text.chars().count()
    }

    /// The bytes of `range`.
    pub fn slice(&self, range: Range<usize>) -> Self {
        if range == (0..self.len()) {
            return self.clone();
        }
        let mut slice = TextBuf::default();
        slice.push_slice(self, range);
        slice.finish()
    }

    /// `part`, which must be a part of this text.
    pub fn part(&self, part: &str) -> Self {
        let start = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        self.slice(start..start + part.len())
    }

    /// The marks within `range`, relative to its start.
    fn marks_in(&self, range: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
        let marks = self.marks.as_deref().unwrap_or_default();
        let first = marks.partition_point(|mark| mark.end <= range.start);
        marks[first..]
            .iter()
            .take_while(move |mark| mark.start < range.end)
            .map(move |mark| mark.start.max(range.start) - range.start..mark.end.min(range.end) - range.start)
    }

    /// The byte ranges that came from outside.
    pub fn marks(&self) -> &[Range<usize>] {
        self.marks.as_deref().unwrap_or_default()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// A text in the making.
#[derive(Debug, Default, Clone)]
pub(crate) struct TextBuf {
    text: String,
    marks: Vec<Range<usize>>,
}

impl TextBuf {
    pub fn len(&self) -> usize {
        self.text.len()
    }

    pub fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub fn push_char(&mut self, c: char) {
        self.text.push(c);
    }

    pub fn push(&mut self, text: &Text) {
        self.push_slice(text, 0..text.len());
    }

    /// The bytes of `range` of `text`.
    pub fn push_slice(&mut self, text: &Text, range: Range<usize>) {
        let offset = self.text.len();
        self.text.push_str(&text.text[range.clone()]);
        for mark in text.marks_in(range) {
            self.mark(mark.start + offset..mark.end + offset);
        }
    }

    /// `text` so many times.
    pub fn push_times(&mut self, text: &Text, times: usize) {
        if text.marks().is_empty() {
            self.text.extend(std::iter::repeat_n(text.as_str(), times));
        } else {
            (0..times).for_each(|_| self.push(text));
        }
    }

    /// `written` in place of the bytes of `range` of `text`; marked if any of them is.
    pub fn push_instead(&mut self, text: &Text, range: Range<usize>, written: &str) {
        let start = self.text.len();
        self.text.push_str(written);
        if text.marks_in(range).next().is_some() {
            self.mark(start..self.text.len());
        }
    }

    /// Each character of `text` as `write` writes it, marked if the character is.
    pub fn push_mapped(&mut self, text: &Text, mut write: impl FnMut(char, &mut String)) {
        let mut marks = text.marks().iter().peekable();
        for (at, c) in text.text.char_indices() {
            while marks.peek().is_some_and(|mark| mark.end <= at) {
                marks.next();
            }
            let start = self.text.len();
            write(c, &mut self.text);
            if marks.peek().is_some_and(|mark| mark.start <= at) {
                self.mark(start..self.text.len());
            }
        }
    }

    fn mark(&mut self, range: Range<usize>) {
        match self.marks.last_mut() {
            _ if range.is_empty() => {}
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.marks.push(range),
        }
    }

    pub fn finish(self) -> Text {
        Text {
            text: self.text.into(),
            marks: (!self.marks.is_empty()).then(|| self.marks.into()),
        }
    }
}

/// Whether Python's `str.isspace` holds for the character.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}
