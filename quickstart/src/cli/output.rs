//! Results to standard output, messages to standard error.

use std::io::{self, Write};

use anyhow::{Context, Result};

/// Prints a result; a reader that has left is none of this program's business.
///
/// # Errors
/// Any other fault of standard output.
pub fn tell(text: &str) -> Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Prints a message, if there is anyone to read it.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
