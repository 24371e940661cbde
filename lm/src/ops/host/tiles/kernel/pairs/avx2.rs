//! 4 x 16 in 8 of the 16 registers, once for each half of the panel: the halves of the pairs of B take four more.

use std::arch::x86_64::{
    __m256, __m256i, _mm256_and_si256, _mm256_castsi256_ps, _mm256_fmadd_ps, _mm256_loadu_si256, _mm256_set1_epi32,
    _mm256_set1_ps, _mm256_setzero_ps, _mm256_slli_epi32,
};

use half::bf16;

use super::pair::{PAIRS, SECOND};
use crate::ops::host::tiles::kernel::avx2::store;
use crate::ops::host::tiles::kernel::tile::{Kernel, Tile, WIDE, kernels};

pub(super) const KERNELS: &[Kernel<bf16>] = kernels!(1 2 3 4);

/// The first and the second elements of pairs, in f32.
#[target_feature(enable = "avx2")]
fn halves(pairs: __m256i) -> [__m256; 2] {
    let second = _mm256_and_si256(pairs, _mm256_set1_epi32(SECOND.cast_signed()));
    let first = _mm256_slli_epi32::<16>(pairs);
    [_mm256_castsi256_ps(first), _mm256_castsi256_ps(second)]
}

/// # Safety
/// As [`Kernel`], with `M` rows.
#[target_feature(enable = "avx2,fma")]
unsafe fn multiply<const M: usize>(tile: Tile<bf16>) {
    for half in [0, WIDE / 2] {
        let mut sums = [[_mm256_setzero_ps(); 2]; M];
        let (mut a, mut left) = (tile.a, tile.k);
        let mut b = tile.b.wrapping_add(2 * half);
        while left > 0 {
            let pairs = left.min(PAIRS);
            for p in 0..pairs {
                // SAFETY: `b` is in pair k - left + p of B, 16 of its 32 columns before their end at least.
                let (low, high) = unsafe { (_mm256_loadu_si256(b.cast()), _mm256_loadu_si256(b.add(16).cast())) };
                let [low, high] = [halves(low), halves(high)];
                for (i, sums) in sums.iter_mut().enumerate() {
                    // SAFETY: `a` is at the chunk of pair k - left; it has M rows of 16 pairs.
                    let pair = unsafe { a.add(i * WIDE + 2 * p).cast::<u32>().read_unaligned() };
                    let [first, second] = [pair << 16, pair & SECOND].map(|bits| _mm256_set1_ps(f32::from_bits(bits)));
                    sums[0] = _mm256_fmadd_ps(first, low[0], _mm256_fmadd_ps(second, low[1], sums[0]));
                    sums[1] = _mm256_fmadd_ps(first, high[0], _mm256_fmadd_ps(second, high[1], sums[1]));
                }
                b = b.wrapping_add(tile.b_row);
            }
            a = a.wrapping_add(tile.a_chunk);
            left -= pairs;
        }
        // SAFETY: C is as the caller says.
        unsafe { store(&tile, half, sums) };
    }
}
