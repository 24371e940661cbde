//! The lines of a JSON Lines file, one at a time.
//!
//! Knows where lines end and that they are UTF-8, not what they contain.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::surrogates;
use crate::ArtifactError;

/// The non-blank lines of a file, with their numbers, counted from 1.
///
/// Drops a byte order mark, and turns escaped surrogates without a partner into the replacement character `\ufffd`.
pub struct Lines<R> {
    reader: R,
    /// Name of the input, for error messages.
    origin: PathBuf,
    line: usize,
    bytes: u64,
}

impl<R: BufRead> Lines<R> {
    /// The lines of `reader`; `origin` names it in error messages.
    pub fn new(reader: R, origin: &Path) -> Self {
        Self {
            reader,
            origin: origin.to_owned(),
            line: 0,
            bytes: 0,
        }
    }

    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn next_line(&mut self) -> Result<Option<(usize, String)>, ArtifactError> {
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            let read = self.reader.read_until(b'\n', &mut bytes);
            let read = read.map_err(ArtifactError::io("read", &self.origin))?;
            if read == 0 {
                return Ok(None);
            }
            self.line += 1;
            self.bytes += read as u64;
            let text = self.text(&bytes)?;
            if !text.trim().is_empty() {
                return Ok(Some((self.line, surrogates::replace_lone(text).into_owned())));
            }
        }
    }

    fn text<'a>(&self, bytes: &'a [u8]) -> Result<&'a str, ArtifactError> {
        let text = std::str::from_utf8(bytes).map_err(|_| {
            let reason = "not valid UTF-8; save the file as UTF-8".into();
            ArtifactError::dataset(&self.origin, Some(self.line), reason)
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
    type Item = Result<(usize, String), ArtifactError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_line().transpose()
    }
}
