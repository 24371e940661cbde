//! The stream of events of a run: one JSON object per line, in the file `metrics.jsonl` of the run's folder and, with
//! `serl run --log-format json`, on stderr. docs/src/events.md tells users what it holds.
//!
//! ```text
//! serl-pipeline ──Event──> Stream ──Entry──> sinks: metrics.jsonl, stderr, TensorBoard
//!                             ↑
//!                          History (what metrics.jsonl has already)
//! ```
//! - A line is appended whole or not at all: one that a crash cut short is skipped by readers, and cut off by the next
//!   run.
//! - What was measured in a node is written once per key, by the run that computes the node or, if the file lacks it,
//!   by the one that finds the node complete. So a stream that was deleted comes back, but for its clocks.
//! - Clocks are here and in manifests; tables hold none. Nothing reads the stream to compute anything, and a stream
//!   that cannot be written to stops no run.

mod counter;
mod entry;
mod file;
mod history;
mod ledger;
mod names;
mod recorded;
mod sink;
mod stored;
mod stream;
mod throttle;
mod turn;

pub use entry::{Complete, Entry, Event, Metrics, NodeRef, Reached};
pub use file::{NAME, Tail};
pub use ledger::{At, End, Ledger, Row, Session, Step};
pub use recorded::Recorded;
pub use sink::{Sink, Stderr};
pub use stream::Stream;
