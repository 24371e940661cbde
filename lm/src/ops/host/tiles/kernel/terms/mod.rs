//! Products of f32 by those of bf16, where the latter are more than three times as fast: a value is the sum of two
//! numbers but for 2^-17 of it, and three of the four products of terms are added up, the smallest one being left out
//! (as Henry et al. 2019, arXiv:1904.06376, section 2).
//!
//! The first terms of 32 inputs of a row of the left operand are followed by the second ones, and so are those of a
//! pair of inputs in 32 columns of the right operand.

#[cfg(target_arch = "x86_64")]
mod amx;
mod portable;
mod term;

use super::element::{Element, Elements};
use super::isa::Isa;
use super::tile::{Kernel, WIDE};
pub(crate) use term::{TERMS, Term, left_by, terms};

impl Element for Term {
    type Right = Self;
    const TOGETHER: usize = 2;
    const CHUNK: usize = TERMS * WIDE;
    const ROW: usize = TERMS * 2 * WIDE;
    const AFTER: usize = 0;

    #[inline(always)]
    fn put(_: Isa, values: &[f32; WIDE], to: &mut [Self]) {
        term::put(values, to);
    }

    fn of(elements: &Elements) -> Option<&[Self]> {
        match elements {
            Elements::Terms(terms) => Some(terms),
            _ => None,
        }
    }

    fn task_products(_: Isa) -> usize {
        1 << 21
    }

    fn inputs_at_once(isa: Isa) -> usize {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Amx(_) => 128,
            _ => usize::MAX,
        }
    }

    fn kernels(isa: Isa) -> &'static [Kernel<Self>] {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Amx(_) => amx::KERNELS,
            _ => portable::KERNELS,
        }
    }
}
