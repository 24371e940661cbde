//! Products of activations with packed weights, in parallel over blocks of rows and panels of columns.
//!
//! Work is cut by sizes alone, and each element is one chain over the inputs whatever the cut.

use super::buffer::Shared;
use super::kernel::{Element, Isa, Number, Place, Target, WIDE};
use super::operand::{Operand, Writer};
use super::panels::{HALF, Panels};
use crate::ops::gate::{Gate, Gelu, Silu, Slope};
use crate::ops::host::{for_each, math};
use crate::profile::{self, Phase};

/// Rows whose products with a panel are one task: few enough that they wait in the cache for the next panel.
const BLOCK_ROWS: usize = 128;

/// Fewer rows count as this many where work is cut: they take as long, because it is reading the panel that takes time.
const FEW_ROWS: usize = 8;

/// The tallest tile of any instruction set.
const TALLEST: usize = 32;

/// A tile of a product before it is stored: the sums in the registers of a kernel.
#[repr(align(64))]
struct Sums([[f32; WIDE]; TALLEST]);

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
        Output::Set(c) => Matrix::new(c, columns, false).receive(isa, a, b, bias),
        Output::Add(c) => Matrix::new(c, columns, true).receive(isa, a, b, bias),
        Output::Gated(h, gate) => {
            h.reset(a.rows(), b.columns());
            let h = h.writer();
            match gate {
                Gate::Silu => run(
                    isa,
                    a,
                    b,
                    None,
                    #[inline(always)]
                    |row, panel, tile| gated::<Silu, N>(columns, h, row, panel, tile),
                ),
                Gate::Gelu => run(
                    isa,
                    a,
                    b,
                    None,
                    #[inline(always)]
                    |row, panel, tile| gated::<Gelu, N>(columns, h, row, panel, tile),
                ),
            }
        }
    }
}

/// A matrix `[rows, columns]` that tiles are stored to.
#[derive(Clone, Copy)]
struct Matrix<'a> {
    data: Shared<'a>,
    columns: usize,
    /// Add to what is there instead of replacing it.
    add: bool,
}

/// Columns of f32 in a page. Rows of a multiple of it all begin at the same offset, so that those of a tile compete for
/// few lines of the cache while a kernel stores them.
const PAGE: usize = 1024;

impl<'a> Matrix<'a> {
    fn new(data: &'a mut [f32], columns: usize, add: bool) -> Self {
        Self {
            data: Shared::new(data),
            columns,
            add,
        }
    }

    /// Takes the product of `a` and `b`.
    fn receive<E: Element>(self, isa: Isa, a: &Operand<E>, b: &Panels, bias: Option<&[f32]>) {
        run(
            isa,
            a,
            b,
            self.direct(bias),
            #[inline(always)]
            |row, panel, tile| self.store(bias, row, panel, tile),
        );
    }

    /// Itself, if kernels may store whole tiles to it: there is no bias to add, and its rows do not compete for lines.
    fn direct(self, bias: Option<&[f32]>) -> Option<Self> {
        (bias.is_none() && !self.columns.is_multiple_of(PAGE)).then_some(self)
    }

    /// Where a tile of `height` rows goes, if all of its columns are there.
    fn place(self, row: usize, height: usize, panel: usize) -> Option<Place> {
        let column = panel * WIDE;
        let start = row * self.columns + column;
        let whole = column + WIDE <= self.columns;
        whole.then(|| Place {
            // Elements of other panels lie between those of the tile's rows: no slice could have them.
            data: self.data.start_of(start..start + (height - 1) * self.columns + WIDE),
            row: self.columns,
            add: self.add,
        })
    }

    /// Stores a tile with its bias.
    #[inline(always)]
    fn store(self, bias: Option<&[f32]>, first: usize, panel: usize, tile: &mut [[f32; WIDE]]) {
        let column = panel * WIDE;
        let count = WIDE.min(self.columns - column);
        if let Some(bias) = bias {
            for row in tile.iter_mut() {
                for (value, bias) in row.iter_mut().zip(&bias[column..column + count]) {
                    *value += bias;
                }
            }
        }
        for (i, row) in tile.iter().enumerate() {
            let start = (first + i) * self.columns + column;
            // SAFETY: each tile is finished once, and tiles do not overlap; the part lives until the end of the loop's
            // body.
            let part = unsafe { self.data.part(start..start + count) };
            // The same loop of a known length: two vectors instead of a remainder's branches.
            match <&mut [f32; WIDE]>::try_from(&mut *part) {
                Ok(part) => put(part, row, self.add),
                Err(_) => put(part, row, self.add),
            }
        }
    }
}

#[inline(always)]
fn put(to: &mut [f32], values: &[f32], add: bool) {
    for (to, value) in to.iter_mut().zip(values) {
        *to = if add { *to + value } else { *value };
    }
}

/// Computes every tile, and stores it to `direct` if it can or gives it to `finish(first_row, panel, tile)`, each once.
/// `finish` must be inlined, or it is compiled without the vector instructions of `isa`.
fn run<E: Element>(
    isa: Isa,
    a: &Operand<E>,
    b: &Panels,
    direct: Option<Matrix>,
    finish: impl Fn(usize, usize, &mut [[f32; WIDE]]) + Sync,
) {
    let Cut {
        rows,
        blocks,
        panels,
        groups,
    } = Cut::new::<E>(isa, a.rows(), b);
    let task = |task: usize| {
        let (group, block) = (task / blocks, task % blocks);
        let last_row = a.rows().min((block + 1) * rows);
        let mut sums = Sums([[0.0; WIDE]; TALLEST]);
        for panel in group * panels..b.panels().min((group + 1) * panels) {
            let mut row = block * rows;
            let passes = (last_row - row).div_ceil(isa.rows::<E>());
            for pass in 0..passes {
                let height = (last_row - row).div_ceil(passes - pass);
                let right = b.panel_in_passes::<E>(panel, [pass, passes]);
                if let Some(place) = direct.and_then(|direct| direct.place(row, height, panel)) {
                    // SAFETY: the place is inside the matrix; each tile is computed once, and tiles do not overlap.
                    unsafe { isa.multiply_into(a.rows_from(row), height, right, place) };
                } else {
                    let tile = &mut sums.0[..height];
                    let target = Target {
                        data: tile.as_flattened_mut(),
                        row: WIDE,
                        add: false,
                    };
                    isa.multiply(a.rows_from(row), height, right, target);
                    isa.vectorised(
                        #[inline(always)]
                        || finish(row, panel, tile),
                    );
                }
                row += height;
            }
        }
    };
    for_each(blocks * groups, task);
}

/// How a product is cut into tasks.
struct Cut {
    /// Rows of a block.
    rows: usize,
    blocks: usize,
    /// Panels of a group.
    panels: usize,
    groups: usize,
}

impl Cut {
    fn new<E: Element>(isa: Isa, rows: usize, b: &Panels) -> Self {
        let tile = isa.rows::<E>();
        let blocks = rows.div_ceil(BLOCK_ROWS / tile * tile).max(1);
        let block = rows.div_ceil(blocks).next_multiple_of(tile).max(1);
        let products = (block.min(rows).max(FEW_ROWS) * b.inputs() * WIDE).max(1);
        let panels = E::task_products(isa).div_ceil(products).min(b.panels()).max(1);
        Self {
            rows: block,
            blocks: rows.div_ceil(block),
            panels,
            groups: b.panels().div_ceil(panels),
        }
    }
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
