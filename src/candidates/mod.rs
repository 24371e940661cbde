//! What a user may type next: names of runs, nodes, stages, columns, keys, models and files.
//!
//! Nothing here writes, fails or waits: what cannot be read offers nothing.

mod columns;
mod files;
mod keys;
mod runs;
pub mod words;

pub use columns::{conditions, sorted};
pub use files::{configuration, data, device, model};
pub use keys::{of_graph, of_prompt, of_run, of_sft};
pub use runs::{nodes, runs, sides, stages};
