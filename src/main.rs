//! The binary `serl`.

mod commit;

use std::process::ExitCode;

fn main() -> ExitCode {
    serl::terminal::print_panics();
    serl::cli::Cli::given(commit::COMMIT).execute()
}
