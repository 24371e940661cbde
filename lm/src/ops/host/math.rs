//! Elementary functions and reductions in a form that compilers turn into vector instructions.

use half::bf16;

use crate::Dtype;

/// Lanes of a reduction: a fixed number, so that sums do not depend on the instruction set.
pub(crate) const LANES: usize = 16;

/// `e^x` for `x <= 88`, within 2 units in the last place; 0 below -87.
///
/// `2^n * e^r` with `n = round(x / ln 2)`; the polynomial is that of Cephes' `expf`.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5 * 2^23: adding it leaves the rounded integer in the low bits
    let clamped = x.clamp(-87.0, 88.0);
    let shifted = clamped * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (clamped - n * 0.693_359_4) + n * 2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    p = p * r + 1.398_199_9e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 0.5;
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    let value = ((p * r) * r + r + 1.0) * power;
    if x < -87.0 { 0.0 } else { value }
}

/// The nearest bf16, ties to even.
#[inline(always)]
fn round_bf16(x: f32) -> f32 {
    let bits = x.to_bits();
    // Adding to a payload could carry into the exponent and the sign.
    f32::from_bits(if is_nan(bits) { bits } else { nearest_bf16(bits) })
}

/// Whether these are the bits of a NaN. It compares integers: with a comparison of floats, LLVM leaves loops that round
/// to bf16 scalar.
#[inline(always)]
fn is_nan(bits: u32) -> bool {
    bits & 0x7fff_ffff > 0x7f80_0000
}

/// The bits of the nearest bf16, ties to even, in the upper half; anything for NaN.
#[inline(always)]
fn nearest_bf16(bits: u32) -> u32 {
    bits.wrapping_add(0x7fff + (bits >> 16 & 1)) & 0xffff_0000
}

/// The nearest normal bf16, ties to even: 0 for what is below it. NaN stays NaN.
#[inline(always)]
pub(crate) fn normal_bf16(x: f32) -> bf16 {
    const EXPONENT: u32 = 0x7f80_0000;
    const SIGN: u32 = 0x8000_0000;
    const QUIET: u32 = 0x0040_0000;
    let bits = x.to_bits();
    let nearest = nearest_bf16(bits);
    let normal = if nearest & EXPONENT == 0 {
        nearest & SIGN
    } else {
        nearest
    };
    bf16::from_bits(((if is_nan(bits) { bits | QUIET } else { normal }) >> 16) as u16)
}

/// The integer nearest to a value of magnitude below 2^22, ties to even; any for other values.
#[inline(always)]
pub(crate) fn nearest_integer(x: f32) -> i32 {
    // From here on, the lowest bit of a f32 is worth 1.
    const UNITS: f32 = (3 << 22) as f32;
    (x + UNITS).to_bits().wrapping_sub(UNITS.to_bits()).cast_signed()
}

/// Rounds values to `dtype` where they are.
#[inline(always)]
pub(crate) fn round(values: &mut [f32], dtype: Dtype) {
    if dtype == Dtype::Bf16 {
        for value in values {
            *value = round_bf16(*value);
        }
    }
}

/// `1 / (1 + e^-x)`
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The sum of partial sums, pairwise. Their number is a power of two.
#[inline(always)]
fn total<const N: usize>(sums: [f32; N]) -> f32 {
    fold(
        sums,
        #[inline(always)]
        |a, b| a + b,
    )
}

/// The largest of values, none of which is NaN. Their number is a power of two.
#[inline(always)]
pub(crate) fn largest<const N: usize>(values: [f32; N]) -> f32 {
    fold(
        values,
        #[inline(always)]
        |a, b| if b > a { b } else { a },
    )
}

/// Folds halves onto each other until one value is left.
#[inline(always)]
fn fold<const N: usize>(mut values: [f32; N], f: impl Fn(f32, f32) -> f32) -> f32 {
    const { assert!(N.is_power_of_two()) };
    let mut width = N / 2;
    while width > 0 {
        for lane in 0..width {
            values[lane] = f(values[lane], values[lane + width]);
        }
        width /= 2;
    }
    values[0]
}

/// `sum_i a_i b_i`
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    for ((sum, a), b) in sums.iter_mut().zip(a_rest).zip(b_rest) {
        *sum += a * b;
    }
    total(sums)
}

/// `sum_i a_i b_i c_i`
#[inline(always)]
pub(crate) fn dot3(a: &[f32], b: &[f32], c: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    let (c, c_rest) = c.as_chunks::<LANES>();
    for ((a, b), c) in a.iter().zip(b).zip(c) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane] * c[lane];
        }
    }
    for (((sum, a), b), c) in sums.iter_mut().zip(a_rest).zip(b_rest).zip(c_rest) {
        *sum += a * b * c;
    }
    total(sums)
}

/// The largest value; negative infinity for none.
#[inline(always)]
pub(crate) fn max(values: &[f32]) -> f32 {
    let mut best = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            best[lane] = if chunk[lane] > best[lane] {
                chunk[lane]
            } else {
                best[lane]
            };
        }
    }
    rest.iter().copied().fold(largest(best), f32::max)
}

/// Replaces each value by `e^(value - shift)` and returns their sum.
#[inline(always)]
pub(crate) fn exp_sum(values: &mut [f32], shift: f32) -> f32 {
    let mut sums = [0.0f32; LANES];
    let (chunks, rest) = values.as_chunks_mut::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            chunk[lane] = exp(chunk[lane] - shift);
            sums[lane] += chunk[lane];
        }
    }
    for (sum, value) in sums.iter_mut().zip(rest) {
        *value = exp(*value - shift);
        *sum += *value;
    }
    sums.iter().sum()
}

/// `y_i += a * x_i`
#[inline(always)]
pub(crate) fn axpy(y: &mut [f32], a: f32, x: &[f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_accurate_over_its_range() {
        for i in -870..=880 {
            let x = i as f32 * 0.1;
            let (got, want) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((got / want - 1.0).abs() < 3e-7, "exp({x}) = {got}, not {want}");
        }
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(0.0), 1.0);
    }

    #[test]
    fn rounding_is_to_the_nearest_and_ties_to_even() {
        let exact = |bits: u32| f32::from_bits(bits);
        // Above and below ties, ties, infinities, subnormals, every exponent and both signs.
        for high in (0..=u16::MAX).step_by(7) {
            for low in [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff] {
                let x = exact(u32::from(high) << 16 | low);
                let (got, want) = (round_bf16(x), half::bf16::from_f32(x).to_f32());
                assert!(got == want || (x.is_nan() && got.is_nan()), "{x}: {got}");
            }
        }
        let mut values = [1.001, -2.009];
        round(&mut values, Dtype::F32);
        assert_eq!(values, [1.001, -2.009]);
        round(&mut values, Dtype::Bf16);
        assert_eq!(values, [1.0, -2.015_625]);
    }

    #[test]
    fn operands_in_bf16_are_the_nearest_normal_numbers() {
        for high in (0..=u16::MAX).step_by(7) {
            for low in [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff] {
                let x = f32::from_bits(u32::from(high) << 16 | low);
                let (got, nearest) = (normal_bf16(x).to_f32(), bf16::from_f32(x).to_f32());
                let want = if nearest.is_subnormal() { 0.0 } else { nearest };
                assert!(got == want || (x.is_nan() && got.is_nan()), "{x}: {got}");
            }
        }
    }

    #[test]
    fn integers_are_the_nearest_and_ties_go_to_even() {
        for hundredth in -12_700..=12_700i16 {
            let x = f32::from(hundredth) / 100.0;
            assert_eq!(nearest_integer(x) as f32, x.round_ties_even());
        }
    }

    #[test]
    fn reductions_agree_with_plain_sums_at_every_length() {
        for n in 0..50 {
            let a: Vec<f32> = (0..n).map(|i| i as f32).collect();
            let sum: f32 = a.iter().map(|x| x * x).sum();
            assert_eq!(dot(&a, &a), sum);
            assert_eq!(max(&a), a.last().copied().unwrap_or(f32::NEG_INFINITY));
            let ones = vec![1.0; n];
            assert_eq!(dot3(&a, &a, &ones), sum);
        }
    }
}
