//! What serl stores: typed rows, Parquet tables, digests, the object store, users' data files.
//!
//! Knows how to write things and read them back intact. Does not know what a stage is, why a row exists, which node
//! wrote an object or when one may be deleted.

pub mod atomic;
pub mod dataset;
mod digest;
mod error;
#[cfg(any(test, feature = "fault-injection"))]
pub mod fault;
mod footer;
pub mod fs;
mod id;
pub mod link;
pub mod linked;
pub mod lock;
mod operation;
pub mod owner;
mod place;
mod store;
pub mod table;
pub mod tables;
pub mod temporary;
mod thrift;
pub mod user_file;

pub use digest::Digest;
pub use error::{ArtifactError, may_pass};
pub use id::InstructionId;
pub use place::Place;
pub use store::{Hold, Incoming, ObjectStore, Tree, TreeFile};

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
