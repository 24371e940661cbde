//! How a command ends: exit codes, and errors as people read them.

mod ending;
mod errors;
mod render;

pub use ending::{Exit, bad_object};
pub use errors::{Differs, Finding, Incomparable, Interrupted, Mistake};
pub use render::render;

/// The exit codes, for `--help`.
pub const EXIT_CODES: &str = "Exit codes:\n  0    done\n  1    failed; `serl fsck`: found problems; `serl diff`: the two differ\n  2    your input or configuration is at fault; \
                              the message says where\n  130  interrupted; the same command continues";
