//! What a running node has: checked inputs, a folder with parts and checkpoints, and an observer.

pub(crate) mod checkpoints;
mod context;
mod events;
mod inputs;
pub(crate) mod parts;

pub use checkpoints::Checkpoint;
pub use context::NodeContext;
pub(crate) use context::Stopped;
pub use events::{Event, Headway, Observer};
pub(crate) use inputs::Checker;
pub use inputs::ResolvedInput;
pub use parts::Parts;
