//! The fused operations of the model: each has a definition in burn tensor operations and a host path.
//!
//! The definition says what an operation means, and every device except flex runs it. Its gradient comes from burn's
//! autodiff, except for gathers ([`scatter`]). The host path is parallel, vectorised Rust over the tensors' memory with
//! its own backward pass; tests compare the two. Nothing here knows what a layer, a sequence of text or a loss is.

pub(crate) mod adamw;
pub(crate) mod attention;
pub(crate) mod embed;
mod frequencies;
pub(crate) mod gate;
pub(crate) mod gated;
pub(crate) mod gpu;
pub(crate) mod head;
pub(crate) mod host;
pub(crate) mod linear;
pub(crate) mod product;
pub(crate) mod qk_norm;
pub(crate) mod rms_norm;
pub(crate) mod rope;
pub(crate) mod row_norm;
pub(crate) mod scatter;
pub(crate) mod slot;
pub(crate) mod vjp;
