//! Up to 32 x 32 in tiles of AMX.

use super::Term;
use crate::ops::host::tiles::kernel::amx;
use crate::ops::host::tiles::kernel::tile::{Kernel, Tile, kernels};

pub(super) const KERNELS: &[Kernel<Term>] = kernels!(
    1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
);

/// # Safety
/// As [`Kernel`], with `M` rows.
#[target_feature(enable = "avx512f")]
unsafe fn multiply<const M: usize>(tile: Tile<Term>) {
    // SAFETY: as the caller promises, the CPU's tiles included; a term is a number of bf16.
    unsafe { amx::multiply::<M, 2>(tile.cast()) };
}
