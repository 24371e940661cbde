//! Command line of the synthetic domains: builds warm starts and noisy seeds, judges and solves questions.

mod cli;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Command;
use crate::cli::output::complain;

/// Synthetic domains of word problems, among them the arithmetic of the embedded default.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// Everything that can fail here is a file or a value that the user named: exit code 2.
fn main() -> ExitCode {
    match Arguments::parse().command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: {error:#}"));
            ExitCode::from(2)
        }
    }
}
