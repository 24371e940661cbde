//! The answer for shells that read a candidate per line, its description behind a tab.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use clap::Command;
use clap_complete::engine::complete;

/// Writes what may come next. The last word is the one at the cursor.
pub(super) fn write(
    command: &mut Command,
    words: Vec<OsString>,
    here: Option<&Path>,
    to: &mut dyn Write,
) -> io::Result<()> {
    let at = words.len().saturating_sub(1);
    for candidate in complete(command, words, at, here)? {
        let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
        let help = help.lines().next().unwrap_or_default();
        writeln!(to, "{}\t{help}", candidate.get_value().to_string_lossy())?;
    }
    Ok(())
}
