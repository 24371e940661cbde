//! The number formats of operands.

use half::bf16;

use super::isa::Isa;
use super::tile::Kernel;
use super::{pairs, singles};
use crate::ops::host::math;
use crate::ops::host::tiles::buffer::Buffer;

/// Numbers of one format.
#[derive(Debug)]
pub(crate) enum Numbers {
    F32(Buffer),
    Bf16(Buffer<bf16>),
}

/// What operands of products are made of. Sums are in f32 whatever it is.
pub(crate) trait Number: Copy + Default + Send + Sync + std::fmt::Debug + 'static {
    /// Rows of a right operand that lie together, since a kernel takes so many inputs at once.
    const TOGETHER: usize;

    /// The nearest number, ties to even. Subnormal numbers of bf16 become 0: processors with products in bf16 take them
    /// for that.
    fn nearest(value: f32) -> Self;

    /// Its value.
    fn value(self) -> f32;

    /// Values that are numbers of this format as they are.
    fn same(values: &[f32]) -> Option<&[Self]>;

    /// The numbers, if they are of this format.
    fn of(numbers: &Numbers) -> Option<&[Self]>;

    /// The kernels of an instruction set by their number of rows, from 1.
    fn kernels(isa: Isa) -> &'static [Kernel<Self>];
}

impl Number for f32 {
    const TOGETHER: usize = 1;

    #[inline(always)]
    fn nearest(value: f32) -> Self {
        value
    }

    #[inline(always)]
    fn value(self) -> f32 {
        self
    }

    #[inline(always)]
    fn same(values: &[f32]) -> Option<&[Self]> {
        Some(values)
    }

    fn of(numbers: &Numbers) -> Option<&[Self]> {
        match numbers {
            Numbers::F32(numbers) => Some(numbers),
            Numbers::Bf16(_) => None,
        }
    }

    fn kernels(isa: Isa) -> &'static [Kernel<Self>] {
        singles::kernels(isa)
    }
}

impl Number for bf16 {
    const TOGETHER: usize = 2;

    #[inline(always)]
    fn nearest(value: f32) -> Self {
        math::normal_bf16(value)
    }

    #[inline(always)]
    fn value(self) -> f32 {
        f32::from_bits(u32::from(self.to_bits()) << 16)
    }

    #[inline(always)]
    fn same(_: &[f32]) -> Option<&[Self]> {
        None
    }

    fn of(numbers: &Numbers) -> Option<&[Self]> {
        match numbers {
            Numbers::Bf16(numbers) => Some(numbers),
            Numbers::F32(_) => None,
        }
    }

    fn kernels(isa: Isa) -> &'static [Kernel<Self>] {
        pairs::kernels(isa)
    }
}
