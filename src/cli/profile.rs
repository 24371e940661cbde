//! `--profile`: shows where a command's time went.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serl_artifacts::user_file;
use serl_lm::profile;

use crate::report;
use crate::terminal::Terminal;

/// The value that stands for a table on stderr.
const TABLE: &str = "-";

/// Whether to record time, and where to report it.
#[derive(Debug, Args)]
pub(super) struct ProfileArgs {
    /// Show where the model's time went, as a table, or as JSON in a file
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = TABLE
    )]
    profile: Option<PathBuf>,
}

impl ProfileArgs {
    /// Does `work` and reports where its time went, even if it failed.
    pub(super) fn around<T>(&self, terminal: &Terminal, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let Some(target) = &self.profile else {
            return work();
        };
        profile::start();
        let done = work();
        tell(target, terminal).and(done)
    }
}

fn tell(target: &Path, terminal: &Terminal) -> Result<()> {
    let Some(profile) = profile::stop() else {
        return Ok(());
    };
    if target == Path::new(TABLE) {
        terminal.note(&report::profile_table(&profile));
        return Ok(());
    }
    let text = serde_json::to_string_pretty(&profile)? + "\n";
    user_file::write(target, text.as_bytes())
        .with_context(|| format!("cannot write the profile to {}", target.display()))
}
