//! What serl stores: typed rows, Parquet tables, digests, the object store, model folders.
//!
//! Knows how things are written down and read back unharmed. Does not know what a stage is, why a row exists, which
//! node wrote an object or when one may be deleted.

pub mod atomic;
pub mod dataset;
mod digest;
mod error;
mod id;
pub mod link;
pub mod model_folder;
mod store;
pub mod table;
pub mod tables;

pub use digest::Digest;
pub use error::ArtifactError;
pub use id::InstructionId;
pub use store::{ObjectStore, Tree, TreeFile};
