//! 3 x 16, once for each half of the panel. Products of bytes would be cut off at 16 bits where two are added, so bytes
//! are widened: the first and third of a quad in one register, the others in a second.

use std::arch::x86_64::{
    __m256, __m256i, _mm256_add_epi32, _mm256_and_si256, _mm256_cvtepi32_ps, _mm256_fmadd_ps, _mm256_loadu_ps,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_mul_ps, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_set1_ps,
    _mm256_setzero_ps, _mm256_setzero_si256, _mm256_slli_epi16, _mm256_srai_epi16, _mm256_srli_epi16,
};

use super::chunk::Chunk;
use super::quad::{QUADS, Quad};
use crate::ops::host::tiles::kernel::avx2::store;
use crate::ops::host::tiles::kernel::tile::{Kernel, Tile, WIDE, kernels};

pub(super) const KERNELS: &[Kernel<Chunk, Quad>] = kernels!(1 2 3);

/// Columns of a register.
const COLUMNS: usize = 8;

/// The unsigned bytes of quads as words: the first and third, and the second and fourth.
#[target_feature(enable = "avx2")]
fn unsigned(quads: __m256i) -> [__m256i; 2] {
    let even = _mm256_and_si256(quads, _mm256_set1_epi16(0xff));
    [even, _mm256_srli_epi16::<8>(quads)]
}

/// As [`unsigned`], of signed bytes.
#[target_feature(enable = "avx2")]
fn signed(quads: __m256i) -> [__m256i; 2] {
    let even = _mm256_srai_epi16::<8>(_mm256_slli_epi16::<8>(quads));
    [even, _mm256_srai_epi16::<8>(quads)]
}

/// # Safety
/// As [`Kernel`], with `M` rows.
#[target_feature(enable = "avx2,fma")]
unsafe fn multiply<const M: usize>(tile: Tile<Chunk, Quad>) {
    for half in [0, WIDE / 2] {
        let mut sums = [[_mm256_setzero_ps(); 2]; M];
        let (mut a, mut left) = (tile.a, tile.k);
        let mut b = tile.b.wrapping_add(half);
        while left > 0 {
            let quads = left.min(QUADS);
            // SAFETY: `a` is at the chunk of quad k - left, which has M rows.
            let chunks: &[Chunk; M] = unsafe { &*a.cast() };
            let mut parts = [[_mm256_setzero_si256(); 2]; M];
            for (parts, chunk) in parts.iter_mut().zip(chunks) {
                *parts = [_mm256_set1_epi32(chunk.offset); 2];
            }
            for q in 0..quads {
                // SAFETY: `b` is in quad k - left + q of B, 16 of its 32 columns before their end at least.
                let (low, high) = unsafe { (_mm256_loadu_si256(b.cast()), _mm256_loadu_si256(b.add(COLUMNS).cast())) };
                let columns = [unsigned(low), unsigned(high)];
                for (parts, chunk) in parts.iter_mut().zip(chunks) {
                    // SAFETY: a chunk has eight quads.
                    let quad = unsafe { chunk.numbers.as_ptr().cast::<i32>().add(q).read_unaligned() };
                    let x = signed(_mm256_set1_epi32(quad));
                    for (part, w) in parts.iter_mut().zip(columns) {
                        let products = _mm256_add_epi32(_mm256_madd_epi16(w[0], x[0]), _mm256_madd_epi16(w[1], x[1]));
                        *part = _mm256_add_epi32(*part, products);
                    }
                }
                b = b.wrapping_add(tile.b_row);
            }
            for ((sums, parts), chunk) in sums.iter_mut().zip(parts).zip(chunks) {
                let scale = _mm256_set1_ps(chunk.scale);
                for (sum, part) in sums.iter_mut().zip(parts) {
                    *sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(part), scale, *sum);
                }
            }
            a = a.wrapping_add(tile.a_chunk);
            left -= quads;
        }
        // SAFETY: the scales of the columns follow the quads.
        let scales: [__m256; 2] = unsafe { [_mm256_loadu_ps(b.cast()), _mm256_loadu_ps(b.add(COLUMNS).cast())] };
        for [low, high] in &mut sums {
            (*low, *high) = (_mm256_mul_ps(*low, scales[0]), _mm256_mul_ps(*high, scales[1]));
        }
        // SAFETY: C is as the caller says.
        unsafe { store(&tile, half, sums) };
    }
}
