//! Multiply-adds in registers, by the instructions that products of matrices use: enough chains of them that none waits
//! for another.

use std::hint::black_box;

use crate::ops::host::tiles::Isa;
#[cfg(target_arch = "x86_64")]
use crate::ops::host::tiles::kernel;

/// Rounds of all chains in a call.
const ROUNDS: usize = 1 << 14;

/// Chains of multiply-adds: as many as the processor starts while one takes, and all in registers.
const CHAINS: usize = 12;

/// Multiplies and adds in f32; returns how many operations that was.
pub(super) fn singles() -> fn() -> f64 {
    match Isa::best() {
        // SAFETY: the variants prove the instruction set.
        #[cfg(target_arch = "x86_64")]
        Isa::Amx(_) | Isa::Avx512Bf16(_) | Isa::Avx512(_) => || unsafe { avx512() },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) => || unsafe { avx2() },
        Isa::Portable => portable,
    }
}

/// Multiplies and adds numbers of bf16. Without an instruction for that, they are multiplied as f32.
pub(super) fn pairs() -> fn() -> f64 {
    match Isa::best() {
        // SAFETY: the variants prove the instruction set.
        #[cfg(target_arch = "x86_64")]
        Isa::Amx(_) => || unsafe { kernel::amx::saturate(ROUNDS) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512Bf16(_) => || unsafe { avx512bf16() },
        _ => singles(),
    }
}

/// Multiplies and adds numbers of int8. Without an instruction for four of them, the rate is that of f32, which is no
/// limit then.
pub(super) fn quads() -> fn() -> f64 {
    match Isa::best() {
        // SAFETY: the variants and the question prove the instruction set.
        #[cfg(target_arch = "x86_64")]
        Isa::Amx(_) | Isa::Avx512Bf16(_) | Isa::Avx512(_) if std::arch::is_x86_feature_detected!("avx512vnni") => {
            || unsafe { avx512vnni() }
        }
        _ => singles(),
    }
}

/// What each call did: chains of vectors of `lanes` numbers, `products` of them each.
fn operations(lanes: usize, products: usize) -> f64 {
    (ROUNDS * CHAINS * lanes * products * 2) as f64
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512() -> f64 {
    use std::arch::x86_64::{_mm512_fmadd_ps, _mm512_set1_ps};
    let (factor, term) = (_mm512_set1_ps(black_box(0.5)), _mm512_set1_ps(black_box(1.0)));
    let mut sums = [term; CHAINS];
    for _ in 0..ROUNDS {
        for sum in &mut sums {
            *sum = _mm512_fmadd_ps(*sum, factor, term);
        }
    }
    black_box(sums);
    operations(16, 1)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bf16")]
fn avx512bf16() -> f64 {
    use std::arch::x86_64::{__m512bh, __m512i, _mm512_dpbf16_ps, _mm512_set1_epi32, _mm512_set1_ps};
    use std::mem::transmute;
    // Two ones to a word.
    let words = _mm512_set1_epi32(black_box(0x3f80_3f80));
    // SAFETY: both types are 512 bits of any value.
    let ones = unsafe { transmute::<__m512i, __m512bh>(words) };
    let mut sums = [_mm512_set1_ps(black_box(0.0)); CHAINS];
    for _ in 0..ROUNDS {
        for sum in &mut sums {
            *sum = _mm512_dpbf16_ps(*sum, ones, ones);
        }
    }
    black_box(sums);
    operations(16, 2)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vnni")]
fn avx512vnni() -> f64 {
    use std::arch::x86_64::{_mm512_dpbusd_epi32, _mm512_set1_epi32};
    // Four ones to a word.
    let ones = _mm512_set1_epi32(black_box(0x0101_0101));
    let mut sums = [_mm512_set1_epi32(black_box(0)); CHAINS];
    for _ in 0..ROUNDS {
        for sum in &mut sums {
            *sum = _mm512_dpbusd_epi32(*sum, ones, ones);
        }
    }
    black_box(sums);
    operations(16, 4)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2() -> f64 {
    use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_set1_ps};
    let (factor, term) = (_mm256_set1_ps(black_box(0.5)), _mm256_set1_ps(black_box(1.0)));
    let mut sums = [term; CHAINS];
    for _ in 0..ROUNDS {
        for sum in &mut sums {
            *sum = _mm256_fmadd_ps(*sum, factor, term);
        }
    }
    black_box(sums);
    operations(8, 1)
}

fn portable() -> f64 {
    const LANES: usize = 4;
    let (factor, term) = (black_box(0.5f32), black_box(1.0f32));
    let mut sums = [[term; LANES]; CHAINS];
    for _ in 0..ROUNDS {
        for sum in sums.as_flattened_mut() {
            *sum = *sum * factor + term;
        }
    }
    black_box(sums);
    operations(LANES, 1)
}
