//! Activations in int8.

use super::quad::{LARGEST, MAGNITUDE, ZERO, factor};
use crate::ops::host::math;
use crate::ops::host::tiles::kernel::isa::Isa;
use crate::ops::host::tiles::kernel::tile::WIDE;

/// [`WIDE`] inputs of one row of activations.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[repr(C)]
pub(crate) struct Chunk {
    /// The integers.
    pub numbers: [i8; WIDE],
    /// What an integer is worth.
    pub scale: f32,
    /// What takes [`ZERO`] back: its product with the sum of the integers, negative.
    pub offset: i32,
}

impl Isa {
    /// The integers nearest to values, the largest magnitude of which becomes [`LARGEST`]. If a value is not finite,
    /// the scale is not either.
    #[inline(always)]
    pub fn quantise(self, values: &[f32; WIDE]) -> Chunk {
        match self {
            // SAFETY: the variants prove the instruction set.
            #[cfg(target_arch = "x86_64")]
            Self::Amx(_) | Self::Avx512Bf16(_) | Self::Avx512(_) => unsafe { avx512(values) },
            _ => portable(values),
        }
    }
}

#[inline(always)]
fn chunk(numbers: [i8; WIDE], largest: f32, sum: i32) -> Chunk {
    Chunk {
        numbers,
        scale: largest / LARGEST,
        // Of what is not finite, the integers have no meaning.
        offset: sum.wrapping_mul(-i32::from(ZERO)),
    }
}

#[inline(always)]
fn portable(values: &[f32; WIDE]) -> Chunk {
    let largest = values.iter().map(|value| value.to_bits() & MAGNITUDE).fold(0, u32::max);
    let largest = f32::from_bits(largest);
    let (factor, mut integers, mut numbers) = (factor(largest), [0; WIDE], [0; WIDE]);
    for (integer, value) in integers.iter_mut().zip(values) {
        *integer = math::nearest_integer(value * factor);
    }
    for (number, integer) in numbers.iter_mut().zip(integers) {
        *number = integer as i8;
    }
    chunk(numbers, largest, integers.into_iter().fold(0, i32::wrapping_add))
}

/// The same, since compilers take the lanes of the two reductions apart.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
#[inline]
fn avx512(values: &[f32; WIDE]) -> Chunk {
    use std::arch::x86_64::{
        _mm_storeu_si128, _mm512_add_epi32, _mm512_and_si512, _mm512_castps_si512, _mm512_cvtepi32_epi8,
        _mm512_cvtps_epi32, _mm512_loadu_ps, _mm512_max_epu32, _mm512_mul_ps, _mm512_reduce_add_epi32,
        _mm512_reduce_max_epu32, _mm512_set1_epi32, _mm512_set1_ps,
    };
    let (low, high) = values.split_at(WIDE / 2);
    // SAFETY: each half has 16 values.
    let (low, high) = unsafe { (_mm512_loadu_ps(low.as_ptr()), _mm512_loadu_ps(high.as_ptr())) };
    let mask = _mm512_set1_epi32(MAGNITUDE.cast_signed());
    let [first, second] = [_mm512_castps_si512(low), _mm512_castps_si512(high)];
    let larger = _mm512_max_epu32(_mm512_and_si512(first, mask), _mm512_and_si512(second, mask));
    let largest = f32::from_bits(_mm512_reduce_max_epu32(larger));
    let factor = _mm512_set1_ps(factor(largest));
    // Rounds to the nearest, ties to even: Rust never changes that mode.
    let [low, high] = [_mm512_mul_ps(low, factor), _mm512_mul_ps(high, factor)];
    let [low, high] = [_mm512_cvtps_epi32(low), _mm512_cvtps_epi32(high)];
    let mut numbers = [0i8; WIDE];
    let (first, second) = numbers.split_at_mut(WIDE / 2);
    // SAFETY: each half has room for 16 bytes.
    unsafe {
        _mm_storeu_si128(first.as_mut_ptr().cast(), _mm512_cvtepi32_epi8(low));
        _mm_storeu_si128(second.as_mut_ptr().cast(), _mm512_cvtepi32_epi8(high));
    }
    chunk(numbers, largest, _mm512_reduce_add_epi32(_mm512_add_epi32(low, high)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::init::normal;

    fn of(values: &[f32]) -> [f32; WIDE] {
        std::array::from_fn(|i| values.get(i).copied().unwrap_or(0.0))
    }

    #[test]
    fn all_instruction_sets_have_the_same_chunks() {
        let random = (0..50).map(|seed| of(&normal(WIDE, 1.0, seed, "values")));
        // Ties, and magnitudes that no finite factor takes to 127.
        let others = [of(&[127.0, 0.5, 1.5, -2.5]), of(&[1e-38, -1e-39]), of(&[])];
        for values in random.chain(others) {
            let chunks: Vec<Chunk> = Isa::all().into_iter().map(|isa| isa.quantise(&values)).collect();
            assert!(chunks.windows(2).all(|pair| pair[0] == pair[1]), "{values:?}");
        }
        let ties = Isa::best().quantise(&of(&[127.0, 0.5, 1.5, -2.5]));
        assert_eq!(ties.numbers[..4], [127, 0, 2, -2]);
    }

    #[test]
    fn one_value_that_is_not_finite_is_enough() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for isa in Isa::all() {
                assert!(!isa.quantise(&of(&[1.0, bad])).scale.is_finite());
            }
        }
    }
}
