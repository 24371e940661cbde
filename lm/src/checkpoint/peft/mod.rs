//! Adapters as files of PEFT: `adapter_config.json` and `adapter_model.safetensors`.
//!
//! - [`files`]: the two files of a folder.
//! - [`own`]: adapters that are trained here, written for PEFT and read back for further training.
//! - [`stacked`]: several of these, trained one after the other, as one.
//! - [`merge`]: any LoRA adapter, merged into a model. [`description`] reads its configuration, with PEFT's rules about
//!   which modules it means ([`modules`]); [`tensors`] reads the names in its file; [`plan`] says what becomes of every
//!   tensor before the first one is read.

mod description;
mod files;
mod merge;
mod modules;
mod own;
mod plan;
mod stacked;
mod tensors;

pub(crate) use merge::merge;
pub(crate) use own::{attach, save};
pub use stacked::stacked_adapters;
