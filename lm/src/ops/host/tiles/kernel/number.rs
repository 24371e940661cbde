//! Numbers that operands are made of: one for each value, nearest to it.

use half::bf16;

use super::element::{Element, Elements};
use super::isa::Isa;
use super::tile::{Kernel, WIDE};
use super::{pairs, singles};
use crate::ops::host::math;

/// The numbers of a format, in which both operands of a product are, and keys and values.
pub(crate) trait Number: Element<Right = Self> {
    /// The nearest number, ties to even. Subnormal numbers of bf16 become 0: processors with products in bf16 take them
    /// for that.
    fn nearest(value: f32) -> Self;

    /// Its value.
    fn value(self) -> f32;

    /// Values that are numbers of this format as they are.
    fn same(values: &[f32]) -> Option<&[Self]>;
}

#[inline(always)]
fn put_nearest<N: Number>(values: &[f32; WIDE], to: &mut [N]) {
    if let Some(to) = to.first_chunk_mut::<WIDE>() {
        to.iter_mut()
            .zip(values)
            .for_each(|(to, value)| *to = N::nearest(*value));
    }
}

impl Element for f32 {
    type Right = Self;
    const TOGETHER: usize = 1;
    const CHUNK: usize = WIDE;
    const ROW: usize = WIDE;
    const AFTER: usize = 0;

    #[inline(always)]
    fn put(_: Isa, values: &[f32; WIDE], to: &mut [Self]) {
        put_nearest(values, to);
    }

    fn of(elements: &Elements) -> Option<&[Self]> {
        match elements {
            Elements::F32(numbers) => Some(numbers),
            _ => None,
        }
    }

    fn kernels(isa: Isa) -> &'static [Kernel<Self>] {
        singles::kernels(isa)
    }
}

impl Element for bf16 {
    type Right = Self;
    const TOGETHER: usize = 2;
    const CHUNK: usize = WIDE;
    const ROW: usize = 2 * WIDE;
    const AFTER: usize = 0;

    #[inline(always)]
    fn put(_: Isa, values: &[f32; WIDE], to: &mut [Self]) {
        put_nearest(values, to);
    }

    fn of(elements: &Elements) -> Option<&[Self]> {
        match elements {
            Elements::Bf16(numbers) => Some(numbers),
            _ => None,
        }
    }

    fn task_products(isa: Isa) -> usize {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Amx(_) => 1 << 22,
            _ => 1 << 20,
        }
    }

    fn inputs_at_once(isa: Isa) -> usize {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Amx(_) => 256,
            _ => usize::MAX,
        }
    }

    fn kernels(isa: Isa) -> &'static [Kernel<Self>] {
        pairs::kernels(isa)
    }
}

impl Number for f32 {
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
}

impl Number for bf16 {
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
}
