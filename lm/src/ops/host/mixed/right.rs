//! Right operands.

use super::lines::{EDGE, Lines, for_blocks, neighbours, put, put_columns, side_by_side};
use crate::ops::host::gemm::Matrix;
use crate::ops::host::pool::{self, Pooled};
use crate::ops::host::tiles::{Packed, Panels, Shared, WIDE};

/// Pairs of inputs and panels of a task, where rows are read: few enough that what it writes are few streams.
const ALONG: [usize; 2] = [EDGE, 16];

/// The same where columns are read.
const ACROSS: [usize; 2] = [16 * EDGE, 1];

/// `[inputs, columns]` of a matrix.
pub(crate) fn panels<E: Packed + Pooled>(matrix: Matrix, inputs: usize, columns: usize) -> Panels {
    let (panels, size) = (columns.div_ceil(WIDE), E::of_panel(inputs));
    let mut data = pool::buffer(panels * size);
    let to = Target::<E> {
        data: Shared::new(&mut data),
        size,
    };
    let counts = [inputs.div_ceil(2), panels];
    match Lines::of(matrix, inputs, columns) {
        (lines, true) => for_blocks(
            counts,
            ALONG,
            #[inline(always)]
            |pairs, panels| {
                for (pair, panel) in pairs.flat_map(|pair| panels.clone().map(move |panel| (pair, panel))) {
                    to.along(lines, pair, panel);
                }
            },
        ),
        (lines, false) => for_blocks(
            counts,
            ACROSS,
            #[inline(always)]
            |pairs, panels| {
                for (panel, pair) in panels.flat_map(|panel| pairs.clone().step_by(EDGE).map(move |pair| (panel, pair)))
                {
                    to.across(lines, pair, panel);
                }
            },
        ),
    }
    Panels::of(data, inputs, columns)
}

/// The elements of the panels: `[panels, pairs of inputs, terms, 32, 2]`.
#[derive(Clone, Copy)]
struct Target<'a, E> {
    data: Shared<'a, E>,
    /// Elements of a panel.
    size: usize,
}

impl<E: Packed> Target<'_, E> {
    /// A pair of inputs, each of which is a line, in a panel.
    #[inline(always)]
    fn along(self, lines: Lines, pair: usize, panel: usize) {
        let [mut even, mut odd] = [[0.0; WIDE]; 2];
        lines.values(2 * pair, panel * WIDE, &mut even);
        lines.values(2 * pair + 1, panel * WIDE, &mut odd);
        lines.fetch(2 * pair + 2, panel * WIDE);
        lines.fetch(2 * pair + 3, panel * WIDE);
        let start = panel * self.size + pair * E::ROW;
        // SAFETY: blocks do not overlap, so no other task has this part, which lives until the end.
        let to = unsafe { self.data.part(start..start + E::ROW) };
        for to in to.chunks_exact_mut(2 * WIDE) {
            let mut words = [0; WIDE];
            side_by_side([&mut even, &mut odd], &mut words);
            put(&words, to);
        }
    }

    /// Up to 16 pairs of inputs in a panel, whose columns are lines.
    #[inline(always)]
    fn across(self, lines: Lines, pair: usize, panel: usize) {
        let mut square = [[0.0; WIDE]; WIDE];
        lines.square(panel * WIDE, 2 * pair, &mut square);
        let (start, end) = (pair * E::ROW, self.size.min((pair + EDGE) * E::ROW));
        // SAFETY: as above.
        let to = unsafe { self.data.part(panel * self.size + start..panel * self.size + end) };
        for term in 0..E::TERMS {
            let mut words = [[0; EDGE]; WIDE];
            for (values, words) in square.iter_mut().zip(&mut words) {
                neighbours(values, words);
            }
            put_columns(&words, E::ROW, &mut to[term * 2 * WIDE..]);
        }
    }
}
