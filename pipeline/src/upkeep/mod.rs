//! Keeping a store in order: what it holds for whom, what is damaged, what may go.

mod census;
pub(crate) mod company;
pub(crate) mod dropping;
mod fsck;
mod gc;
mod pins;
pub(crate) mod sweep;
mod usage;

pub use fsck::{Aside, Counts, Fault, FsckReport, Locks, Problem, fsck, is_locked, locks};
pub use gc::{Garbage, GcKind, GcOptions, GcReport, Tally, gc};
pub use pins::{pin, unpin};
pub use usage::{RunState, RunUsage, runs};
