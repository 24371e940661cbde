//! Left operands.

use half::bf16;

use super::lines::{EDGE, Lines, for_blocks, put_columns, side_by_side};
use crate::ops::host::gemm::Matrix;
use crate::ops::host::pool::{self, Pooled};
use crate::ops::host::tiles::{Operand, Packed, Shared, WIDE, take_nearest};

/// Rows and chunks of columns of a task, where rows are read: few enough that what it writes are few streams.
const ALONG: [usize; 2] = [32, 16];

/// The same where columns are read.
const ACROSS: [usize; 2] = [512, 1];

/// `[rows, width]` of a matrix.
pub(super) fn operand<E: Packed + Pooled>(matrix: Matrix, rows: usize, width: usize) -> Operand<E> {
    let mut data = pool::buffer(width.div_ceil(WIDE) * rows * E::CHUNK);
    let to = Target {
        data: Shared::new(&mut data),
        rows,
    };
    let counts = [rows, width.div_ceil(WIDE)];
    match Lines::of(matrix, rows, width) {
        (lines, true) => for_blocks(
            counts,
            ALONG,
            #[inline(always)]
            |rows, chunks| {
                for (row, chunk) in rows.flat_map(|row| chunks.clone().map(move |chunk| (row, chunk))) {
                    to.along(lines, row, chunk);
                }
            },
        ),
        (lines, false) => for_blocks(
            counts,
            ACROSS,
            #[inline(always)]
            |rows, chunks| {
                for (chunk, row) in chunks.flat_map(|chunk| rows.clone().step_by(WIDE).map(move |row| (chunk, row))) {
                    to.across(lines, row, chunk);
                }
            },
        ),
    }
    Operand::of(data, rows, width)
}

/// The elements of the operand: `[chunks, rows, terms, 32]`.
#[derive(Clone, Copy)]
struct Target<'a, E> {
    data: Shared<'a, E>,
    rows: usize,
}

impl<E: Packed> Target<'_, E> {
    /// A chunk of a row of the operand, which is a line.
    #[inline(always)]
    fn along(self, lines: Lines, row: usize, chunk: usize) {
        let mut values = [0.0; WIDE];
        lines.values(row, chunk * WIDE, &mut values);
        lines.fetch(row + 1, chunk * WIDE);
        let start = (chunk * self.rows + row) * E::CHUNK;
        // SAFETY: blocks do not overlap, so no other task has this part, which lives until the end.
        let to = unsafe { self.data.part(start..start + E::CHUNK) };
        for to in to.chunks_exact_mut(WIDE) {
            let mut bits = [0; WIDE];
            take_nearest(&mut values, &mut bits);
            for (to, bits) in to.iter_mut().zip(bits) {
                *to = E::number(bf16::from_bits(bits as u16));
            }
        }
    }

    /// A chunk of up to 32 rows of the operand, whose columns are lines.
    #[inline(always)]
    fn across(self, lines: Lines, row: usize, chunk: usize) {
        let mut square = [[0.0; WIDE]; WIDE];
        lines.square(chunk * WIDE, row, &mut square);
        let start = (chunk * self.rows + row) * E::CHUNK;
        let count = WIDE.min(self.rows - row);
        // SAFETY: as above.
        let to = unsafe { self.data.part(start..start + count * E::CHUNK) };
        for term in 0..E::TERMS {
            let mut words = [[0; WIDE]; EDGE];
            let (pairs, _) = square.as_chunks_mut::<2>();
            for ([even, odd], words) in pairs.iter_mut().zip(&mut words) {
                side_by_side([even, odd], words);
            }
            put_columns(&words, E::CHUNK, &mut to[term * WIDE..]);
        }
    }
}
