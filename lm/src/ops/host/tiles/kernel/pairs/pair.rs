//! How two numbers lie in a word.

use crate::ops::host::tiles::kernel::tile::WIDE;

/// Columns of a chunk of the left operand, in pairs.
pub(super) const PAIRS: usize = WIDE / 2;

/// The upper half of a pair, which is a f32 if the lower half is cleared.
#[cfg(target_arch = "x86_64")]
pub(super) const SECOND: u32 = 0xffff_0000;
