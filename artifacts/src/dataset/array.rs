//! The elements of one JSON array, one at a time.
//!
//! Knows where an element ends, not whether it is valid JSON.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::limits::{MAX_ROW, large_row};
use super::unreadable::unreadable;
use crate::ArtifactError;
use crate::place::Place;

/// The elements of an array as texts, with their numbers, counted from 1.
pub(super) struct Elements<R> {
    reader: R,
    origin: PathBuf,
    row: usize,
    /// What may come next.
    next: Next,
}

#[derive(Clone, Copy, PartialEq)]
enum Next {
    Start,
    Element,
    Separator,
    End,
}

impl<R: BufRead> Elements<R> {
    pub(super) fn new(reader: R, origin: &Path) -> Self {
        Self {
            reader,
            origin: origin.to_owned(),
            row: 0,
            next: Next::Start,
        }
    }

    /// The next byte that is not white space; `None` at the end of the file.
    fn peek(&mut self) -> Result<Option<u8>, ArtifactError> {
        loop {
            let buffer = self.reader.fill_buf().map_err(|e| unreadable(&self.origin, None, e))?;
            let blank = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let found = buffer.get(blank).copied();
            let ended = buffer.is_empty();
            self.reader.consume(blank);
            if found.is_some() || ended {
                return Ok(found);
            }
        }
    }

    fn fault(&self, reason: String) -> ArtifactError {
        ArtifactError::dataset(&self.origin, Some(Place::Row(self.row)), reason)
    }

    fn element(&mut self) -> Result<Option<(Place, String)>, ArtifactError> {
        loop {
            let byte = self.peek()?;
            self.next = match (self.next, byte) {
                (Next::Start, Some(b'[')) => Next::Element,
                (Next::Separator, Some(b',')) => Next::Element,
                (Next::Separator, Some(b']')) => Next::End,
                // An array without elements.
                (Next::Element, Some(b']')) if self.row == 0 => Next::End,
                (Next::Element, Some(_)) => {
                    self.row += 1;
                    self.next = Next::Separator;
                    return Ok(Some((Place::Row(self.row), self.take()?)));
                }
                (Next::End, None) => return Ok(None),
                (Next::End, Some(_)) => {
                    let reason = "text follows the JSON array; give one array, or one object per line".into();
                    return Err(ArtifactError::dataset(&self.origin, None, reason));
                }
                (_, None) => return Err(self.fault("the JSON array does not end; is the file complete?".into())),
                (_, Some(byte)) => {
                    let reason = format!("`,` or `]` must follow, not `{}`", byte.escape_ascii());
                    return Err(self.fault(reason));
                }
            };
            self.reader.consume(1);
        }
    }

    /// The text up to the comma or bracket that ends the element.
    fn take(&mut self) -> Result<String, ArtifactError> {
        let mut text = Vec::new();
        let mut scan = Scan::default();
        loop {
            let buffer = self.reader.fill_buf().map_err(|e| unreadable(&self.origin, None, e))?;
            let end = buffer.iter().position(|&byte| scan.ends_before(byte));
            let ended = end.is_some() || buffer.is_empty();
            let taken = end.unwrap_or(buffer.len());
            text.extend_from_slice(&buffer[..taken]);
            self.reader.consume(taken);
            if text.len() as u64 > MAX_ROW {
                return Err(self.fault(large_row()));
            }
            if ended {
                let text = String::from_utf8(text);
                return text.map_err(|_| self.fault("not valid UTF-8; save the file as UTF-8".into()));
            }
        }
    }
}

impl<R: BufRead> Iterator for Elements<R> {
    type Item = Result<(Place, String), ArtifactError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.element().transpose()
    }
}

/// How deep in brackets and texts a position is.
#[derive(Default)]
struct Scan {
    depth: usize,
    quoted: bool,
    escaped: bool,
}

impl Scan {
    /// Goes on by `byte`, unless it is outside of the element.
    fn ends_before(&mut self, byte: u8) -> bool {
        match (self.quoted, byte) {
            (true, _) if self.escaped => self.escaped = false,
            (true, b'\\') => self.escaped = true,
            (_, b'"') => self.quoted = !self.quoted,
            (true, _) => {}
            (false, b'[' | b'{') => self.depth += 1,
            (false, b',' | b']' | b'}') if self.depth == 0 => return true,
            (false, b']' | b'}') => self.depth -= 1,
            _ => {}
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(text: &str) -> Result<Vec<String>, String> {
        let rows = Elements::new(text.as_bytes(), Path::new("x"));
        let rows: Result<Vec<_>, _> = rows.map(|row| row.map(|(_, text)| text)).collect();
        rows.map_err(|e| e.to_string())
    }

    #[test]
    fn elements_end_outside_of_texts_and_brackets() {
        let text = " [ {\"a\": \"]},\\\"\", \"b\": [1, {}]} ,\n5,\"x\"\n]\n";
        assert_eq!(
            elements(text).unwrap(),
            ["{\"a\": \"]},\\\"\", \"b\": [1, {}]} ", "5", "\"x\"\n"]
        );
        assert_eq!(elements("[ ]").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_array_is_told() {
        for (text, reason) in [
            ("[{}", "row 1: the JSON array does not end"),
            ("[{}] {}", "text follows"),
            ("[{}}", "row 1: `,` or `]` must follow, not `}`"),
        ] {
            let error = elements(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
