//! 6 x 16 in 12 of the 16 registers, once for each half of the panel.

use std::arch::x86_64::{
    _mm256_add_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_setzero_ps, _mm256_storeu_ps,
};

use crate::ops::host::tiles::kernel::tile::{Kernel, Tile, WIDE};

pub(super) const KERNELS: [Kernel<f32>; 6] = [
    multiply::<1>,
    multiply::<2>,
    multiply::<3>,
    multiply::<4>,
    multiply::<5>,
    multiply::<6>,
];

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
        for (i, mut sums) in sums.into_iter().enumerate() {
            // SAFETY: C has M rows of 32 elements, of which this is one half.
            unsafe {
                let c = tile.c.add(i * tile.c_row + half);
                if tile.add {
                    sums[0] = _mm256_add_ps(sums[0], _mm256_loadu_ps(c));
                    sums[1] = _mm256_add_ps(sums[1], _mm256_loadu_ps(c.add(8)));
                }
                _mm256_storeu_ps(c, sums[0]);
                _mm256_storeu_ps(c.add(8), sums[1]);
            }
        }
    }
}
