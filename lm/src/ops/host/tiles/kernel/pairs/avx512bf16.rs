//! 14 x 32 in 28 of the 32 registers, as of f32, but each instruction multiplies and adds two inputs.

use std::arch::x86_64::{
    __m512bh, __m512i, _MM_HINT_T0, _mm_prefetch, _mm512_dpbf16_ps, _mm512_loadu_si512, _mm512_set1_epi32,
    _mm512_setzero_ps,
};
use std::mem::transmute;

use half::bf16;

use super::pair::PAIRS;
use crate::ops::host::tiles::kernel::avx512::store;
use crate::ops::host::tiles::kernel::tile::{Kernel, Tile, WIDE, kernels};

pub(super) const KERNELS: &[Kernel<bf16>] = kernels!(1 2 3 4 5 6 7 8 9 10 11 12 13 14);

/// The same bits as numbers.
#[target_feature(enable = "avx512f")]
fn numbers(bits: __m512i) -> __m512bh {
    // SAFETY: both types are 512 bits of any value.
    unsafe { transmute::<__m512i, __m512bh>(bits) }
}

/// # Safety
/// As [`Kernel`], with `M` rows.
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn multiply<const M: usize>(tile: Tile<bf16>) {
    let mut sums = [[_mm512_setzero_ps(); 2]; M];
    // The addresses go past the ends of A and B after the last pair, and `then` is anywhere: they are not read there.
    let (mut a, mut b, mut then, mut left) = (tile.a, tile.b, tile.then, tile.k);
    while left > 0 {
        let pairs = left.min(PAIRS);
        for p in 0..pairs {
            // SAFETY: `b` is at pair k - left + p of B, which has 32 columns of two elements.
            let (low, high) = unsafe { (_mm512_loadu_si512(b.cast()), _mm512_loadu_si512(b.add(WIDE).cast())) };
            let (low, high) = (numbers(low), numbers(high));
            _mm_prefetch::<_MM_HINT_T0>(then.cast());
            _mm_prefetch::<_MM_HINT_T0>(then.wrapping_add(WIDE).cast());
            for (i, sums) in sums.iter_mut().enumerate() {
                // SAFETY: `a` is at the chunk of pair k - left; it has M rows of 16 pairs.
                let pair = unsafe { a.add(i * WIDE + 2 * p).cast::<i32>().read_unaligned() };
                let x = numbers(_mm512_set1_epi32(pair));
                sums[0] = _mm512_dpbf16_ps(sums[0], x, low);
                sums[1] = _mm512_dpbf16_ps(sums[1], x, high);
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
