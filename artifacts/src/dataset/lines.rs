//! The lines of a JSON Lines file, one at a time.
//!
//! Knows where lines end and that they are UTF-8, not what they contain.

use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use super::limits::{MAX_ROW, large_row};
use super::unreadable::unreadable;
use crate::ArtifactError;
use crate::place::Place;

/// The non-blank lines of a file, with their numbers, counted from 1. Drops a byte order mark.
pub(super) struct Lines<R> {
    reader: R,
    /// Name of the input, for error messages.
    origin: PathBuf,
    line: usize,
}

impl<R: BufRead> Lines<R> {
    /// The lines of `reader`; `origin` names it in error messages.
    pub(super) fn new(reader: R, origin: &Path) -> Self {
        Self {
            reader,
            origin: origin.to_owned(),
            line: 0,
        }
    }

    fn next_line(&mut self) -> Result<Option<(Place, String)>, ArtifactError> {
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            let place = Place::Line(self.line + 1);
            let read = (&mut self.reader).take(MAX_ROW + 1).read_until(b'\n', &mut bytes);
            let read = read.map_err(|e| unreadable(&self.origin, Some(place), e))?;
            if read == 0 {
                return Ok(None);
            }
            if read as u64 > MAX_ROW {
                return Err(ArtifactError::dataset(&self.origin, Some(place), large_row()));
            }
            self.line += 1;
            let text = self.text(&bytes)?;
            if !text.trim().is_empty() {
                return Ok(Some((place, text.to_owned())));
            }
        }
    }

    fn text<'a>(&self, bytes: &'a [u8]) -> Result<&'a str, ArtifactError> {
        let text = std::str::from_utf8(bytes).map_err(|_| {
            let reason = "not valid UTF-8; save the file as UTF-8".into();
            ArtifactError::dataset(&self.origin, Some(Place::Line(self.line)), reason)
        })?;
        let text = if self.line == 1 {
            text.strip_prefix('\u{feff}').unwrap_or(text)
        } else {
            text
        };
        Ok(text.trim_end_matches(['\n', '\r']))
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<(Place, String), ArtifactError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_line().transpose()
    }
}
