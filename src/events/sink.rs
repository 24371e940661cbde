//! Where entries go.

use std::io;

use super::entry::Entry;
use crate::terminal::message;

/// Takes the entries of a stream.
pub trait Sink: Send {
    /// Takes an entry.
    ///
    /// # Errors
    /// It cannot be written; the stream then does without this sink.
    fn write(&mut self, entry: &Entry) -> io::Result<()>;

    /// What it writes to, for a message.
    fn name(&self) -> String;
}

/// Prints entries on stderr.
#[derive(Debug)]
pub struct Stderr;

impl Sink for Stderr {
    fn write(&mut self, entry: &Entry) -> io::Result<()> {
        message(&serde_json::to_string(entry)?);
        Ok(())
    }

    fn name(&self) -> String {
        "standard error".to_owned()
    }
}
