//! The binary `serl`.

use std::process::ExitCode;

fn main() -> ExitCode {
    serl::terminal::print_panics();
    serl::cli::Cli::given().execute()
}
