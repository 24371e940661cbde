//! What the feature `cuda` adds in a checkout: burn's CUDA backend, and where its toolkit is.
//!
//! The workspace's `[patch.crates-io]` puts this crate in the place of the `serl-cuda` of crates.io, which says why it
//! cannot be built there.

pub use cubecl_cuda::install::cuda_path;
