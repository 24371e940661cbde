//! Weights in files: reading and writing of `*.safetensors` of model folders, PEFT adapters and optimizer states.
//!
//! Linear weights are `[out, in]` in files and `[in, out]` in memory; queries, keys and values are separate in files
//! and fused in memory, and so are gate and up. [`crate::model::params`] says what a parameter is called in a file and
//! how it is laid out there.
//!
//! A file is read once from its start to its end: the bytes that are hashed are those that become weights. Nothing is
//! allocated for a tensor before its shape in the file is the one that is asked for.

mod load;
pub(crate) mod peft;
mod save;
mod shard;
mod slot;
mod tensors;
#[cfg(test)]
mod tests;

pub(crate) use load::{inspect, weights};
pub use peft::stacked_adapters;
pub(crate) use save::{save_params, save_tensors};
pub(crate) use shard::Digested;
pub(crate) use slot::Slot;
pub(crate) use tensors::Tensors;
