//! The binary `serl`.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    serl::cli::Cli::parse().execute()
}
