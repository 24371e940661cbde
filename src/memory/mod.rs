//! How much memory the nodes of a run take, before they run.
//!
//! ```text
//! configuration, lengths of prompts ──planner──> lengths and rows of a stage ──lm──> Peak
//! ```
//! `serl-lm` knows what a model of a shape takes; here it is known what each stage asks of a model.

mod free;
mod peak;
mod planner;
mod prompts;

pub use free::free;
pub use peak::{Peak, SAMPLING};
pub use planner::Planner;
pub use prompts::Prompts;
