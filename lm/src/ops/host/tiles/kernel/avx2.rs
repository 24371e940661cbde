//! How kernels for AVX2 store half of a tile.

use std::arch::x86_64::{__m256, _mm256_add_ps, _mm256_loadu_ps, _mm256_storeu_ps};

use super::tile::Tile;

/// Stores the sums of the 16 columns of a tile from `half` on, or adds them to what is there.
///
/// # Safety
/// `tile.c` is valid for `M` rows of 32 elements, as [`Tile`] says; `half` is 0 or 16.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) unsafe fn store<A, B, const M: usize>(tile: &Tile<A, B>, half: usize, sums: [[__m256; 2]; M]) {
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
