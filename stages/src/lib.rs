//! The stages of SeRL: generate, filter, drift, respond, vote, train, solve, evaluate (arXiv 2505.20347).
//!
//! Each stage is a type ([`Stage`]) whose value is the configuration of its nodes. [`graph`] says in which order they
//! follow each other, [`registry`] lists them, and [`StageRunner`] runs their nodes.
//!
//! This crate knows what SeRL does; it knows no path inside the store and no tensor.

mod answers;
pub mod config;
pub mod drift;
mod error;
pub mod evaluate;
pub mod filter;
pub mod generate;
mod graph;
pub mod import;
mod lesson;
pub mod preview;
pub mod registry;
pub mod respond;
mod retention;
mod runner;
pub mod sampling;
pub mod sft;
pub mod solve;
pub mod stage;
#[cfg(test)]
mod tests;
pub mod train;
mod turns;
pub mod vote;

pub use drift::Drift;
pub use error::StageError;
pub use evaluate::Evaluate;
pub use filter::Filter;
pub use generate::Generate;
pub use graph::{configuration_key, graph, node_ids};
pub use respond::Respond;
pub use retention::retention;
pub use runner::StageRunner;
pub use sampling::source::{LocalSamplers, SamplerSource, folder};
pub use sampling::work::Work;
pub use solve::Solve;
pub use stage::Stage;
pub use stage::wires::{External, Externals};
pub use train::Train;
pub use vote::Vote;

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
