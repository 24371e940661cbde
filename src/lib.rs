//! The command line of `serl`: arguments, configuration, progress, reports.
//!
//! Knows no rule of SeRL: `serl-stages` says what a stage does, `serl-pipeline` how nodes are stored and resumed.

pub mod builtin;
pub mod candidates;
pub mod cli;
pub mod clock;
pub mod command_line;
pub mod completion;
pub mod dropped;
pub mod estimate;
pub mod events;
pub mod export;
pub mod failure;
mod hub;
pub mod init;
pub mod inputs;
pub mod interrupt;
mod lineage;
pub mod lookup;
pub mod manual;
pub mod memory;
mod nearest;
pub mod place;
pub mod progress;
pub mod remote;
pub mod report;
pub mod samplers;
pub mod scale;
pub mod schema;
pub mod session;
pub mod settings;
mod surroundings;
pub mod tensorboard;
pub mod terminal;
pub mod version;
pub mod watch;

/// The examples of the book, as tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/src/artifacts.md")]
struct Book;
