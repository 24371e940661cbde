//! How many tokens and how much time a run takes, before it runs.
//!
//! ```text
//! configuration ──work──> units of each node ─┐
//! manifests of the same model and device ──measured──> rates and yields of each stage ─┴──> Estimate ──> words
//! ```
//! Rates are those of nodes that ran on the same device, in runs that start from the same model. What was never
//! measured is bounded by the configuration, or left out and named; no time is guessed.

mod expected;
mod measured;
mod told;
mod work;

pub use expected::{Estimate, Expected};
pub use measured::Measured;
pub use told::{LONG, told, warning};
pub use work::{Data, Given, Work, Workload};
