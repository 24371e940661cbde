//! Products of activations with packed weights, in parallel over blocks of rows and panels of columns.
//!
//! Work is cut by sizes alone, and each element is one chain over the inputs whatever the cut.

mod block;
mod cut;
mod matrix;

use std::mem::MaybeUninit;
use std::ops::Range;

use block::Block;
use cut::{Cut, parts};
use matrix::Matrix;

use super::kernel::{Element, Isa, Number, WIDE};
use super::operand::{Operand, Writer};
use super::panels::{HALF, Panels};
use crate::ops::gate::{Gate, Gelu, Silu, Slope};
use crate::ops::host::{for_each, math};
use crate::profile::{self, Phase};

/// How many times as many inputs as a kernel takes at once stay in a farther cache, for all rows of a block.
const SLICE: usize = 8;

/// What is done with a product.
pub(crate) enum Output<'a, N> {
    /// `C = A B + bias` `[rows, columns]`
    Set(&'a mut [f32]),
    /// `C += A B + bias` `[rows, columns]`
    Add(&'a mut [f32]),
    /// `h = f(A gate) * (A up)`, without a bias
    Gated(&'a mut Operand<N>, Gate),
}

/// Multiplies `a` `[rows, inputs]` with `b`, `bias` having one value per column, where there is one.
///
/// # Panics
/// If the sizes or the formats of the operands do not match: a bug of the caller.
pub(crate) fn multiply<E: Element, N: Number>(
    isa: Isa,
    a: &Operand<E>,
    b: &Panels,
    bias: Option<&Panels>,
    out: Output<N>,
) {
    let _span = profile::span(Phase::Linear);
    assert_eq!(a.width(), b.inputs(), "operands do not match");
    let (size, columns) = (a.rows() * b.columns(), b.columns());
    let bias = bias.map(Panels::vector);
    match out {
        Output::Set(c) | Output::Add(c) if c.len() != size => panic!("the target has another size"),
        Output::Set(c) => receive(Matrix::new(c, columns, false), isa, a, b, bias),
        Output::Add(c) => receive(Matrix::new(c, columns, true), isa, a, b, bias),
        Output::Gated(h, gate) => {
            h.reset(a.rows(), b.columns());
            let h = h.writer();
            match gate {
                Gate::Silu => run(
                    isa,
                    a,
                    b,
                    0..a.width(),
                    None,
                    #[inline(always)]
                    |row, panel, tile| gated::<Silu, N>(columns, h, row, panel, tile),
                ),
                Gate::Gelu => run(
                    isa,
                    a,
                    b,
                    0..a.width(),
                    None,
                    #[inline(always)]
                    |row, panel, tile| gated::<Gelu, N>(columns, h, row, panel, tile),
                ),
            }
        }
    }
}

/// Takes the product of `a` and `b` into `to`: that of long rows slice by slice, where kernels can go on with the sums.
fn receive<E: Element>(to: Matrix, isa: Isa, a: &Operand<E>, b: &Panels, bias: Option<&[f32]>) {
    let slice = E::inputs_at_once(isa).saturating_mul(SLICE);
    let all_direct = bias.is_none() && !to.add && to.columns.is_multiple_of(WIDE);
    let sliced = all_direct && a.width() > slice;
    for inputs in parts(0..a.width(), if sliced { slice } else { usize::MAX }) {
        let direct = match sliced {
            true => Some(to.resumed(inputs.start > 0)),
            false => to.direct(bias),
        };
        run(
            isa,
            a,
            b,
            inputs,
            direct,
            #[inline(always)]
            |row, panel, tile| to.store(bias, row, panel, tile),
        );
    }
}

/// Computes every tile of the product over `inputs`, and stores it to `direct` if it can or gives it to
/// `finish(first_row, panel, tile)`, each once. `finish` must be inlined, or it is compiled without the vector
/// instructions of `isa`.
fn run<E: Element>(
    isa: Isa,
    a: &Operand<E>,
    b: &Panels,
    inputs: Range<usize>,
    direct: Option<Matrix>,
    finish: impl Fn(usize, usize, &mut [[f32; WIDE]]) + Sync,
) {
    let cut = Cut::new::<E>(isa, a.rows(), inputs.len(), b.panels());
    let by_blocks = cut.goes_by_blocks::<E>(a.rows(), inputs.len());
    let Cut {
        rows, blocks, groups, ..
    } = cut;
    let task = |task: usize| {
        let (block, group) = match by_blocks {
            true => (task / groups, task % groups),
            false => (task % blocks, task / blocks),
        };
        let block = Block {
            isa,
            a,
            b,
            rows: block * rows..a.rows().min((block + 1) * rows),
            inputs: inputs.clone(),
            direct,
        };
        let mut sums = MaybeUninit::uninit();
        for panel in cut.group(group) {
            block.times(
                panel,
                &mut sums,
                #[inline(always)]
                |row, tile| finish(row, panel, tile),
            );
        }
    };
    for_each(blocks * groups, task);
}

/// A gated hidden layer (Shazeer 2020, arXiv:2002.05202) of a tile that has 16 columns of the gate and the same of the
/// up projection.
#[inline(always)]
fn gated<F: Slope, N: Number>(columns: usize, h: Writer<N>, first: usize, panel: usize, tile: &mut [[f32; WIDE]]) {
    let column = panel * HALF;
    let count = HALF.min(columns - column);
    for (i, row) in tile.iter_mut().enumerate() {
        let (gate, up) = row.split_at_mut(HALF);
        for (gate, up) in gate.iter_mut().zip(up) {
            *gate *= math::sigmoid(F::inner(*gate)) * *up;
        }
        // SAFETY: each tile is finished once, and tiles do not overlap.
        unsafe { h.put(first + i, column, &gate[..count]) };
    }
}

#[cfg(test)]
mod tests;
