//! 6 x 16 in 12 of the 16 registers, once for each half of the panel.

use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_setzero_ps};

use crate::ops::host::tiles::kernel::avx2::store;
use crate::ops::host::tiles::kernel::tile::{Kernel, Tile, WIDE, kernels};

pub(super) const KERNELS: &[Kernel<f32>] = kernels!(1 2 3 4 5 6);

/// # Safety
/// As [`Kernel`], with `M` rows.
#[target_feature(enable = "avx2,fma")]
unsafe fn multiply<const M: usize>(tile: Tile<f32>) {
    for half in [0, WIDE / 2] {
        let mut sums = [[_mm256_setzero_ps(); 2]; M];
        let (mut a, mut left) = (tile.a, tile.k);
        let mut b = tile.b.wrapping_add(half);
        while left > 0 {
            let columns = left.min(WIDE);
            for p in 0..columns {
                // SAFETY: `b` is in row k - left + p of B, 16 of its 32 elements before their end at least.
                let (low, high) = unsafe { (_mm256_loadu_ps(b), _mm256_loadu_ps(b.add(8))) };
                for (i, sums) in sums.iter_mut().enumerate() {
                    // SAFETY: `a` is at the chunk of column k - left; it has M rows of 32 columns.
                    let x = _mm256_set1_ps(unsafe { *a.add(i * WIDE + p) });
                    sums[0] = _mm256_fmadd_ps(x, low, sums[0]);
                    sums[1] = _mm256_fmadd_ps(x, high, sums[1]);
                }
                b = b.wrapping_add(tile.b_row);
            }
            a = a.wrapping_add(tile.a_chunk);
            left -= columns;
        }
        // SAFETY: C is as the caller says.
        unsafe { store(&tile, half, sums) };
    }
}
