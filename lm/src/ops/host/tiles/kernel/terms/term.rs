//! Values as sums of two numbers.

use half::bf16;

use crate::ops::host::math;
use crate::ops::host::tiles::kernel::tile::WIDE;

/// Numbers that a value is the sum of.
pub(crate) const TERMS: usize = 2;

/// One of the two numbers that a value is nearly the sum of: the nearest one, or the one nearest to what that leaves.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[repr(transparent)]
pub(crate) struct Term(pub bf16);

/// The terms of a value. One that is not finite has only the first.
#[inline(always)]
pub(crate) fn terms(value: f32) -> [Term; TERMS] {
    let first = math::normal_bf16(value);
    [Term(first), Term(math::normal_bf16(left_by(first, value)))]
}

/// What a number leaves of a value: nothing of one that is not finite.
#[inline(always)]
pub(crate) fn left_by(number: bf16, value: f32) -> f32 {
    const EXPONENT: u32 = 0x7f80_0000;
    let left = value - f32::from_bits(u32::from(number.to_bits()) << 16);
    // Not `is_finite`: with a comparison of floats, LLVM leaves loops scalar.
    let finite = left.to_bits() & EXPONENT != EXPONENT;
    if finite { left } else { 0.0 }
}

/// Puts the terms of a chunk of a row into `to`: all first ones, then all second ones.
#[inline(always)]
pub(super) fn put(values: &[f32; WIDE], to: &mut [Term]) {
    let ([first, second], []) = to.as_chunks_mut::<WIDE>() else {
        unreachable!("a chunk has two rows of terms");
    };
    for ((first, second), value) in first.iter_mut().zip(second).zip(values) {
        [*first, *second] = terms(*value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::init::normal;

    #[test]
    fn two_terms_are_a_value_but_for_its_last_bits() {
        for value in normal(1000, 1.0, 1, "values") {
            let sum: f32 = terms(value).iter().map(|term| term.0.to_f32()).sum();
            assert!((sum - value).abs() <= value.abs() * 2f32.powi(-17));
        }
        assert_eq!(terms(f32::INFINITY), [Term(bf16::INFINITY), Term(bf16::ZERO)]);
        assert!(terms(f32::NAN)[0].0.is_nan());
    }
}
