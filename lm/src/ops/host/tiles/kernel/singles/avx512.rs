//! 14 x 32 in 28 of the 32 registers: two loads of B and 14 broadcasts of A feed 28 multiply-adds.

use std::arch::x86_64::{
    _MM_HINT_T0, _mm_prefetch, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps,
};

use crate::ops::host::tiles::kernel::avx512::store;
use crate::ops::host::tiles::kernel::tile::{Kernel, Tile, WIDE, kernels};

pub(super) const KERNELS: &[Kernel<f32>] = kernels!(1 2 3 4 5 6 7 8 9 10 11 12 13 14);

/// # Safety
/// As [`Kernel`], with `M` rows.
#[target_feature(enable = "avx512f")]
unsafe fn multiply<const M: usize>(tile: Tile<f32>) {
    let mut sums = [[_mm512_setzero_ps(); 2]; M];
    // The addresses go past the ends of A and B after the last row, and `then` is anywhere: they are not read there.
    let (mut a, mut b, mut then, mut left) = (tile.a, tile.b, tile.then, tile.k);
    while left > 0 {
        let columns = left.min(WIDE);
        for p in 0..columns {
            // SAFETY: `b` is at row k - left + p of B, which has 32 elements.
            let (low, high) = unsafe { (_mm512_loadu_ps(b), _mm512_loadu_ps(b.add(16))) };
            _mm_prefetch::<_MM_HINT_T0>(then.cast());
            _mm_prefetch::<_MM_HINT_T0>(then.wrapping_add(16).cast());
            for (i, sums) in sums.iter_mut().enumerate() {
                // SAFETY: `a` is at the chunk of column k - left; it has M rows of 32 columns.
                let x = _mm512_set1_ps(unsafe { *a.add(i * WIDE + p) });
                sums[0] = _mm512_fmadd_ps(x, low, sums[0]);
                sums[1] = _mm512_fmadd_ps(x, high, sums[1]);
            }
            b = b.wrapping_add(tile.b_row);
            then = then.wrapping_add(tile.then_row);
        }
        a = a.wrapping_add(tile.a_chunk);
        left -= columns;
    }
    // SAFETY: C is as the caller says.
    unsafe { store(&tile, sums) };
}
