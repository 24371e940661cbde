//! 7 x 32: in 14 registers the integers of a chunk, in 14 the sums of all chunks so far.

use std::arch::x86_64::{
    _MM_HINT_T0, _mm_prefetch, _mm512_cvtepi32_ps, _mm512_dpbusd_epi32, _mm512_fmadd_ps, _mm512_loadu_ps,
    _mm512_loadu_si512, _mm512_mul_ps, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_setzero_si512,
};

use super::chunk::Chunk;
use super::quad::{QUADS, Quad};
use crate::ops::host::tiles::kernel::avx512::store;
use crate::ops::host::tiles::kernel::tile::{Kernel, Tile, WIDE, kernels};

pub(super) const KERNELS: &[Kernel<Chunk, Quad>] = kernels!(1 2 3 4 5 6 7);

/// # Safety
/// As [`Kernel`], with `M` rows.
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn multiply<const M: usize>(tile: Tile<Chunk, Quad>) {
    let mut sums = [[_mm512_setzero_ps(); 2]; M];
    // The addresses go past the ends of A and B after the last quad, and `then` is anywhere: they are not read there.
    let (mut a, mut b, mut then, mut left) = (tile.a, tile.b, tile.then, tile.k);
    while left > 0 {
        let quads = left.min(QUADS);
        // SAFETY: `a` is at the chunk of quad k - left, which has M rows.
        let chunks: &[Chunk; M] = unsafe { &*a.cast() };
        let mut parts = [[_mm512_setzero_si512(); 2]; M];
        for (parts, chunk) in parts.iter_mut().zip(chunks) {
            *parts = [_mm512_set1_epi32(chunk.offset); 2];
        }
        for q in 0..quads {
            // SAFETY: `b` is at quad k - left + q of B, which has 32 columns.
            let (low, high) = unsafe { (_mm512_loadu_si512(b.cast()), _mm512_loadu_si512(b.add(WIDE / 2).cast())) };
            _mm_prefetch::<_MM_HINT_T0>(then.cast());
            _mm_prefetch::<_MM_HINT_T0>(then.wrapping_add(WIDE / 2).cast());
            for (parts, chunk) in parts.iter_mut().zip(chunks) {
                // SAFETY: a chunk has eight quads.
                let quad = unsafe { chunk.numbers.as_ptr().cast::<i32>().add(q).read_unaligned() };
                let x = _mm512_set1_epi32(quad);
                parts[0] = _mm512_dpbusd_epi32(parts[0], low, x);
                parts[1] = _mm512_dpbusd_epi32(parts[1], high, x);
            }
            b = b.wrapping_add(tile.b_row);
            then = then.wrapping_add(tile.then_row);
        }
        for ((sums, parts), chunk) in sums.iter_mut().zip(parts).zip(chunks) {
            let scale = _mm512_set1_ps(chunk.scale);
            for (sum, part) in sums.iter_mut().zip(parts) {
                *sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(part), scale, *sum);
            }
        }
        a = a.wrapping_add(tile.a_chunk);
        left -= quads;
    }
    // SAFETY: the scales of the columns follow the quads.
    let scales = unsafe { [_mm512_loadu_ps(b.cast()), _mm512_loadu_ps(b.add(WIDE / 2).cast())] };
    for [low, high] in &mut sums {
        (*low, *high) = (_mm512_mul_ps(*low, scales[0]), _mm512_mul_ps(*high, scales[1]));
    }
    // SAFETY: C is as the caller says.
    unsafe { store(&tile, sums) };
}
