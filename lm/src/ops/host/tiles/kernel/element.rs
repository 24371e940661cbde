//! What operands of products are made of.

use half::bf16;

use super::isa::Isa;
use super::quads::{self, Chunk, Quad};
use super::terms::Term;
use super::tile::{Kernel, WIDE};
use crate::ops::host::tiles::buffer::Buffer;

/// Right operands of one format.
#[derive(Debug)]
pub(crate) enum Elements {
    F32(Buffer),
    Bf16(Buffer<bf16>),
    /// Values as sums of two numbers.
    Terms(Buffer<Term>),
    /// The quads of a panel, then the scales of its columns.
    Int8(Buffer<Quad>),
}

/// What a left operand is made of. Sums over more than a chunk of inputs are in f32 whatever it is.
pub(crate) trait Element: Copy + Default + Send + Sync + std::fmt::Debug + 'static {
    /// What the right operand is made of.
    type Right: Copy + Default + Send + Sync + std::fmt::Debug + 'static;

    /// Rows of a right operand that lie together, since a kernel takes so many inputs at once.
    const TOGETHER: usize;

    /// Elements of a row in a chunk of the left operand.
    const CHUNK: usize;

    /// Elements of the right operand in 32 columns of rows that lie together.
    const ROW: usize;

    /// Elements of the right operand after the last of its rows.
    const AFTER: usize;

    /// Elements of a panel of a right operand with so many rows.
    fn of_panel(inputs: usize) -> usize {
        inputs.div_ceil(Self::TOGETHER) * Self::ROW + Self::AFTER
    }

    /// Puts the elements nearest to a chunk of a row of a left operand into `to`, [`Element::CHUNK`] of them.
    fn put(isa: Isa, values: &[f32; WIDE], to: &mut [Self]);

    /// The elements of a right operand, if they are of this format.
    fn of(elements: &Elements) -> Option<&[Self::Right]>;

    /// Multiply-adds of a task at least: 2 to 8 microseconds.
    fn task_products(_: Isa) -> usize {
        1 << 20
    }

    /// Inputs of a panel that stay in the nearest cache while rows pass, whole chunks: kernels take as many at once at
    /// most, and then go on with the next ones.
    fn inputs_at_once(_: Isa) -> usize {
        usize::MAX
    }

    /// The kernels of an instruction set by their number of rows, from 1.
    fn kernels(isa: Isa) -> &'static [Kernel<Self, Self::Right>];
}

impl Element for Chunk {
    type Right = Quad;
    const TOGETHER: usize = quads::TOGETHER;
    const CHUNK: usize = 1;
    const ROW: usize = WIDE;
    const AFTER: usize = WIDE;

    #[inline(always)]
    fn put(isa: Isa, values: &[f32; WIDE], to: &mut [Self]) {
        to[0] = isa.quantise(values);
    }

    fn of(elements: &Elements) -> Option<&[Quad]> {
        match elements {
            Elements::Int8(quads) => Some(quads),
            _ => None,
        }
    }

    fn kernels(isa: Isa) -> &'static [Kernel<Self, Quad>] {
        quads::kernels(isa)
    }
}
