//! Kernels for GPUs, written once in CubeCL for CUDA and for Vulkan, Metal and DirectX 12.
//!
//! burn computes an operation's definition one elementary operation at a time, each a kernel that reads and writes
//! memory: a block takes 61 of them to decode a token. These compute in one what belongs together. Each is
//! tested against its definition, which everything else runs: a function here returns nothing if its tensors are not on
//! a GPU.
//!
//! A kernel's sums have a fixed order, so the same input gives the same bits on the same device.

#[cfg(not(feature = "gpu"))]
mod absent;
#[cfg(feature = "gpu")]
mod adamw;
#[cfg(feature = "gpu")]
mod attend;
#[cfg(feature = "gpu")]
mod buffer;
#[cfg(feature = "gpu")]
mod cube;
#[cfg(feature = "gpu")]
mod draw;
#[cfg(feature = "gpu")]
mod gate;
#[cfg(feature = "gpu")]
mod matmul;
#[cfg(feature = "gpu")]
mod norm;
#[cfg(all(test, feature = "wgpu"))]
mod tests;

#[cfg(not(feature = "gpu"))]
pub(crate) use absent::{adamw, can_attend, draw, gated, gated_backward, product, rms_norm, rms_norm_backward};
#[cfg(feature = "gpu")]
pub(crate) use {
    adamw::adamw,
    attend::{Cache, Rows, attend, can_attend, rows, tables},
    draw::draw,
    gate::{gated, gated_backward},
    matmul::product,
    norm::{rms_norm, rms_norm_backward},
};
