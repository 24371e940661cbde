//! The transformer: what its parameters and layers are, and forward and backward over packed rows of tokens.
//!
//! - [`arch`]: what each layer is, from the configuration; forward, backward and engines read it there.
//! - [`params`]: the one description of all parameters. Whatever makes, reads, writes or names weights follows from it.
//! - [`weights`]: a value of any type for each parameter, with the ways to go through them.
//! - [`pairs`]: low-rank pairs on the blocks of a model in training.
//! - [`forward`], [`tape`]: the computation, and its way back.
//!
//! What it computes with is in [`crate::ops`]. Knows no text, no loss, no file and no engine.

pub(crate) mod arch;
pub(crate) mod forward;
pub(crate) mod init;
pub(crate) mod layer;
pub(crate) mod pairs;
pub(crate) mod params;
pub(crate) mod projection;
pub(crate) mod tape;
pub(crate) mod weights;

pub(crate) use forward::Model;
pub(crate) use projection::Projection;
pub(crate) use weights::{Block, Weights};
