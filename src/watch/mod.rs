//! `serl watch`: a run as its files show it, while any process runs it or after.
//!
//! ```text
//! metrics.jsonl, store ──Watcher──> Snapshot ──pages──> lines ──> a terminal that is redrawn, or text
//! ```
//! Only files are read, so whoever runs it does not notice.

#[cfg(unix)]
mod app;
mod look;
mod page;
mod remaining;
mod screen;
mod snapshot;
#[cfg(test)]
mod tests;
mod watcher;

#[cfg(unix)]
pub use app::show;
pub use page::{Colours, text};
pub use snapshot::{AtRow, Curves, NodeRow, NodeState, Remaining, RunState, Snapshot};
pub use watcher::{Watcher, find};
