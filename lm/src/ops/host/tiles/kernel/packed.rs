//! Elements that whole matrices are packed to, sums of numbers of bf16.

use half::bf16;

use super::element::{Element, Elements};
use super::number::Number;
use super::terms::{TERMS, Term, left_by};
use crate::ops::host::tiles::buffer::Buffer;

/// Values as sums of [`Packed::TERMS`] numbers of bf16.
pub(crate) trait Packed: Element<Right = Self> {
    /// Numbers for each value.
    const TERMS: usize;

    fn number(number: bf16) -> Self;

    /// What right operands in `buffer` are.
    fn elements(buffer: Buffer<Self>) -> Elements;

    /// The memory of right operands, if they are of this format.
    fn buffer(elements: Elements) -> Option<Buffer<Self>>;
}

/// Gives `bits` those of the numbers nearest to values, which it replaces by what those leave of them.
#[inline(always)]
pub(crate) fn take_nearest<const LENGTH: usize>(values: &mut [f32; LENGTH], bits: &mut [u32; LENGTH]) {
    for (value, bits) in values.iter_mut().zip(bits) {
        let number = bf16::nearest(*value);
        *bits = u32::from(number.to_bits());
        *value = left_by(number, *value);
    }
}

impl Packed for bf16 {
    const TERMS: usize = 1;

    #[inline(always)]
    fn number(number: bf16) -> Self {
        number
    }

    fn elements(buffer: Buffer<Self>) -> Elements {
        Elements::Bf16(buffer)
    }

    fn buffer(elements: Elements) -> Option<Buffer<Self>> {
        match elements {
            Elements::Bf16(buffer) => Some(buffer),
            _ => None,
        }
    }
}

impl Packed for Term {
    const TERMS: usize = TERMS;

    #[inline(always)]
    fn number(number: bf16) -> Self {
        Self(number)
    }

    fn elements(buffer: Buffer<Self>) -> Elements {
        Elements::Terms(buffer)
    }

    fn buffer(elements: Elements) -> Option<Buffer<Self>> {
        match elements {
            Elements::Terms(buffer) => Some(buffer),
            _ => None,
        }
    }
}
