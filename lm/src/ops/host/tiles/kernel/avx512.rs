//! How kernels for AVX-512 store a tile.

use std::arch::x86_64::{__m512, _mm512_add_ps, _mm512_loadu_ps, _mm512_storeu_ps};

use super::tile::Tile;

/// Stores the sums of a tile, or adds them to what is there.
///
/// # Safety
/// `tile.c` is valid for `M` rows of 32 elements, as [`Tile`] says.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) unsafe fn store<A, B, const M: usize>(tile: &Tile<A, B>, sums: [[__m512; 2]; M]) {
    for (i, mut sums) in sums.into_iter().enumerate() {
        // SAFETY: C has M rows of 32 elements.
        unsafe {
            let c = tile.c.add(i * tile.c_row);
            if tile.add {
                sums[0] = _mm512_add_ps(sums[0], _mm512_loadu_ps(c));
                sums[1] = _mm512_add_ps(sums[1], _mm512_loadu_ps(c.add(16)));
            }
            _mm512_storeu_ps(c, sums[0]);
            _mm512_storeu_ps(c.add(16), sums[1]);
        }
    }
}
