//! The subcommands.

mod build;
mod coherence;
mod gold;
pub mod output;
mod questions;
mod seeds;
mod tally;

use anyhow::Result;
use clap::Subcommand;

/// A subcommand with its options.
#[derive(Subcommand)]
pub enum Command {
    /// Write seeds, evaluation problems, warm-start documents and the untrained policy folder.
    Build(build::Options),
    /// Print the share of strictly coherent questions of a JSONL file, and why the others are not.
    Coherence(coherence::Options),
    /// Write the solver's answers to the questions of a JSONL file, for `serl inspect alignment --gold` and the rule
    /// reward, and print how many could not be solved, and why.
    Gold(gold::Options),
    /// Write seeds of which a share is spoilt, and a list of what was done to each.
    Seeds(seeds::Options),
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// Names the file or value at fault.
    pub fn run(self) -> Result<()> {
        match self {
            Command::Build(options) => options.run(),
            Command::Coherence(options) => options.run(),
            Command::Gold(options) => options.run(),
            Command::Seeds(options) => options.run(),
        }
    }
}
