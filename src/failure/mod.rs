//! How a command ends: exit codes and readable errors.

mod ending;
mod errors;
mod render;

pub use ending::{Exit, bad_object};
pub use errors::{Differs, Doubtful, Finding, Incomparable, Interrupted, Mistake};
pub use render::render;

/// The exit codes, for `--help`.
pub const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    failed; `serl fsck`: found problems; `serl diff`: the two differ;
       `serl check`: do not rely on the run
  2    your input or configuration is at fault; the message says where
  3    `serl run --node`: other nodes must run first; the message names them
  75   failed, but may pass: a full disk, a server that does not answer; try again later
  130  interrupted; the same command continues";
