//! The five stages of SeRL: generate, filter, vote, train, evaluate (arXiv 2505.20347).
//!
//! Each stage is a node of the pipeline that reads and writes tables; [`graph`] says how they hang together and
//! [`StageRunner`] runs them. Knows what SeRL does; knows no path inside the store and no tensor.

mod answer;
mod ask;
pub mod config;
mod drift;
mod error;
pub mod evaluate;
pub mod filter;
mod generate;
mod graph;
pub mod import;
mod node;
mod random;
mod readings;
mod retention;
mod runner;
pub mod sft;
pub mod train;
pub mod vote;
mod work;

pub use error::StageError;
pub use graph::{External, Externals, configuration_key, graph};
pub use retention::retention;
pub use runner::StageRunner;
pub use work::Work;

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
