//! Products of packed matrices, tile by tile, in f32, bf16 or int8: the CPU's fast path.
//!
//! A left operand ([`Operand`]) times a right one ([`Panels`]), in parallel; [`kernel`] has the inner loops.

mod arena;
mod buffer;
mod format;
pub(crate) mod kernel;
mod operand;
mod panels;
mod product;
mod slab;

pub(crate) use arena::Arena;
pub(crate) use buffer::{Buffer, Shared};
pub(crate) use format::Format;
pub(crate) use kernel::{Chunk, Element, Isa, Left, Number, Packed, Right, Target, Term, WIDE, take_nearest};
pub(crate) use operand::{Operand, Writer};
pub(crate) use panels::Panels;
pub(crate) use product::{Output, multiply};
