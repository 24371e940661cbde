//! 12 x 32 in 24 of the 32 registers: the halves of the pairs of B take four more, those of A two.

use std::arch::x86_64::{
    __m512, __m512i, _MM_HINT_T0, _mm_prefetch, _mm512_and_si512, _mm512_castsi512_ps, _mm512_fmadd_ps,
    _mm512_loadu_si512, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_slli_epi32,
};

use half::bf16;

use super::pair::{PAIRS, SECOND};
use crate::ops::host::tiles::kernel::avx512::store;
use crate::ops::host::tiles::kernel::tile::{Kernel, Tile, WIDE, kernels};

pub(super) const KERNELS: &[Kernel<bf16>] = kernels!(1 2 3 4 5 6 7 8 9 10 11 12);

/// The first and the second elements of pairs, in f32.
#[target_feature(enable = "avx512f")]
fn halves(pairs: __m512i) -> [__m512; 2] {
    let second = _mm512_and_si512(pairs, _mm512_set1_epi32(SECOND.cast_signed()));
    let first = _mm512_slli_epi32::<16>(pairs);
    [_mm512_castsi512_ps(first), _mm512_castsi512_ps(second)]
}

/// # Safety
/// As [`Kernel`], with `M` rows.
#[target_feature(enable = "avx512f")]
unsafe fn multiply<const M: usize>(tile: Tile<bf16>) {
    let mut sums = [[_mm512_setzero_ps(); 2]; M];
    // The addresses go past the ends of A and B after the last pair, and `then` is anywhere: they are not read there.
    let (mut a, mut b, mut then, mut left) = (tile.a, tile.b, tile.then, tile.k);
    while left > 0 {
        let pairs = left.min(PAIRS);
        for p in 0..pairs {
            // SAFETY: `b` is at pair k - left + p of B, which has 32 columns of two elements.
            let (low, high) = unsafe { (_mm512_loadu_si512(b.cast()), _mm512_loadu_si512(b.add(WIDE).cast())) };
            let [low, high] = [halves(low), halves(high)];
            _mm_prefetch::<_MM_HINT_T0>(then.cast());
            _mm_prefetch::<_MM_HINT_T0>(then.wrapping_add(WIDE).cast());
            for (i, sums) in sums.iter_mut().enumerate() {
                // SAFETY: `a` is at the chunk of pair k - left; it has M rows of 16 pairs.
                let pair = unsafe { a.add(i * WIDE + 2 * p).cast::<u32>().read_unaligned() };
                let [first, second] = [pair << 16, pair & SECOND].map(|bits| _mm512_set1_ps(f32::from_bits(bits)));
                sums[0] = _mm512_fmadd_ps(first, low[0], _mm512_fmadd_ps(second, low[1], sums[0]));
                sums[1] = _mm512_fmadd_ps(first, high[0], _mm512_fmadd_ps(second, high[1], sums[1]));
            }
            b = b.wrapping_add(tile.b_row);
            then = then.wrapping_add(tile.then_row);
        }
        a = a.wrapping_add(tile.a_chunk);
        left -= pairs;
    }
    // SAFETY: C is as the caller says.
    unsafe { store(&tile, sums) };
}
