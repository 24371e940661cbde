//! `serl man`: manual pages.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Command};

use crate::manual;
use crate::terminal::Terminal;

const AFTER: &str = "\
Each command has a page, such as serl-run(1); they say what `--help` says.

Examples:
  serl man | man -l -
  serl man ~/.local/share/man/man1
  man serl-run";

/// Write manual pages
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct ManArgs {
    /// Folder for the pages of all commands; without it, the page of `serl` is printed
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Writes the pages of `command` and of those below it, or prints its own.
pub(super) fn run(args: &ManArgs, command: Command, terminal: &Terminal) -> Result<()> {
    let pages = manual::pages(command)?;
    let Some(folder) = &args.folder else {
        let first = pages.first().map_or("", |page| page.text.as_str());
        return terminal.data(first.trim_end());
    };
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    for page in &pages {
        let path = folder.join(&page.file);
        fs::write(&path, &page.text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    terminal.note(&format!("wrote {} pages to {}", pages.len(), folder.display()));
    Ok(())
}
