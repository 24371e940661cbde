//! The binary `serl`.

mod commit;

use std::process::ExitCode;

fn main() -> ExitCode {
    serl::terminal::print_panics();
    if serl::completion::answered(serl::cli::command) {
        return ExitCode::SUCCESS;
    }
    serl::cli::Cli::given(commit::COMMIT).execute()
}
