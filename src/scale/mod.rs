//! Numbers on paper for a run: tokens, operations, hours, bytes, and where more GPUs stop helping.
//!
//! ```text
//! configuration, lengths ──Tokens──> work of each stage ──┐
//! Shape ──operations, bytes───────────────────────────────┼──Cluster──> hours on 1, 8, … GPUs
//! Gpu, assumptions ───────────────────────────────────────┘
//! ```
//! Nothing is run and no weights are read. What is not known is assumed, and said with its source.

mod assumed;
mod cluster;
mod gpu;
mod sizes;
mod steps;
mod summary;
mod text;
mod tokens;

pub use assumed::{Assumed, Assumptions};
pub use gpu::{Gpu, GpuName};
pub use summary::{Paper, Summary};
pub use text::text;
