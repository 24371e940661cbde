//! How weights lie in int8.

use crate::ops::host::tiles::kernel::tile::WIDE;

/// Rows of a right operand that lie together.
pub(crate) const TOGETHER: usize = 4;

/// Quads of inputs in a chunk.
pub(super) const QUADS: usize = WIDE / TOGETHER;

/// What is added to a weight's integer, so that all are positive: instructions multiply signed numbers by unsigned
/// ones.
pub(crate) const ZERO: u8 = 128;

/// The largest integer of an activation or a weight; the smallest is its negative.
pub(crate) const LARGEST: f32 = 127.0;

/// What a value without its sign has of its bits. The larger one has the larger bits, and NaN has the largest.
pub(crate) const MAGNITUDE: u32 = !(1 << 31);

/// What values are multiplied by, so that the largest magnitude becomes [`LARGEST`]; 0 where no finite factor does
/// that.
#[inline(always)]
pub(crate) fn factor(largest: f32) -> f32 {
    let factor = LARGEST / largest;
    if factor.is_finite() { factor } else { 0.0 }
}

/// The integers of four inputs of one column, each with [`ZERO`] added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(C, align(4))]
pub(crate) struct Quad(pub [u8; TOGETHER]);
