//! What is packed: lines of a matrix, and squares of them.

use std::ops::Range;

use half::bf16;

use crate::ops::host::gemm::Matrix;
use crate::ops::host::tiles::{Packed, WIDE, take_nearest};
use crate::ops::host::{self, for_each};

/// Consecutive values of a line.
pub(super) type Values = [f32; WIDE];

/// Words in the width of a square.
pub(super) const EDGE: usize = WIDE / 2;

/// Rows or columns of a matrix whose elements lie one after another.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    data: &'a [f32],
    offset: usize,
    step: usize,
    /// How many there are.
    count: usize,
    /// Elements of each.
    length: usize,
}

impl<'a> Lines<'a> {
    /// The rows of `matrix` if their elements lie one after another, else its columns; and whether it is rows.
    ///
    /// # Panics
    /// If neither's elements do: a bug of the caller.
    pub fn of(matrix: Matrix<'a>, rows: usize, columns: usize) -> (Self, bool) {
        let are_rows = matrix.column == 1;
        assert!(are_rows || matrix.row == 1, "neither rows nor columns lie in one piece");
        let (step, count, length) = match are_rows {
            true => (matrix.row, rows, columns),
            false => (matrix.column, columns, rows),
        };
        let lines = Self {
            data: matrix.data,
            offset: matrix.offset,
            step,
            count,
            length,
        };
        (lines, are_rows)
    }

    /// Puts values of a line from `first` on into `to`; zeros where it has none.
    #[inline(always)]
    pub fn values(&self, line: usize, first: usize, to: &mut Values) {
        let start = self.offset + line * self.step;
        let whole = match line < self.count && first + WIDE <= self.length {
            true => self.data[start + first..].first_chunk::<WIDE>(),
            false => None,
        };
        match whole {
            Some(whole) => *to = *whole,
            None => self.some_values(line, first, to),
        }
    }

    /// As [`Lines::values`], at an end of the matrix.
    #[cold]
    fn some_values(&self, line: usize, first: usize, to: &mut Values) {
        to.fill(0.0);
        if line < self.count {
            let start = self.offset + line * self.step;
            let rest = &self.data[start + first..start + self.length];
            let count = rest.len().min(WIDE);
            to[..count].copy_from_slice(&rest[..count]);
        }
    }

    /// Puts the same of as many lines into `to`. The next values of these lines are fetched meanwhile: they are too few
    /// for a processor to see that they follow.
    #[inline(always)]
    pub fn square(&self, line: usize, first: usize, to: &mut [Values; WIDE]) {
        for (i, to) in to.iter_mut().enumerate() {
            self.values(line + i, first, to);
        }
        for i in 0..WIDE {
            self.fetch(line + i, first + WIDE);
        }
    }

    /// Fetches values of a line, if there are any.
    #[inline(always)]
    pub fn fetch(&self, line: usize, first: usize) {
        let start = self.data.as_ptr().wrapping_add(self.offset + line * self.step + first);
        host::fetch(start);
        host::fetch(start.wrapping_add(WIDE / 2));
    }
}

/// The numbers nearest to values of two lines, side by side in words, and in place of the values what they leave.
#[inline(always)]
pub(super) fn side_by_side([even, odd]: [&mut Values; 2], words: &mut [u32; WIDE]) {
    let (mut first, mut second) = ([0; WIDE], [0; WIDE]);
    take_nearest(even, &mut first);
    take_nearest(odd, &mut second);
    for (word, (first, second)) in words.iter_mut().zip(first.iter().zip(&second)) {
        *word = first | second << 16;
    }
}

/// The numbers nearest to neighbouring values of a line, two in a word, and in place of the values what they leave.
#[inline(always)]
pub(super) fn neighbours(values: &mut Values, words: &mut [u32; EDGE]) {
    let mut bits = [0; WIDE];
    take_nearest(values, &mut bits);
    // By way of halves, so that the compiler sees that words are what lies there.
    let mut halves = [0; WIDE];
    for (half, bits) in halves.iter_mut().zip(bits) {
        *half = bits as u16;
    }
    let (pairs, _) = halves.as_chunks::<2>();
    for (word, [even, odd]) in words.iter_mut().zip(pairs) {
        *word = u32::from(*even) | u32::from(*odd) << 16;
    }
}

/// Puts words into rows of elements.
#[inline(always)]
pub(super) fn put<E: Packed>(words: &[u32], to: &mut [E]) {
    let (pairs, _) = to.as_chunks_mut::<2>();
    pairs
        .iter_mut()
        .zip(words)
        .for_each(|(pair, word)| *pair = split(*word));
}

/// Puts the columns of a matrix of words into rows of elements, one `step` elements after the other, as many as `to`
/// has room for.
#[inline(always)]
pub(super) fn put_columns<E: Packed, const ROWS: usize, const COLUMNS: usize>(
    words: &[[u32; COLUMNS]; ROWS],
    step: usize,
    to: &mut [E],
) {
    for (column, to) in to.chunks_mut(step).enumerate() {
        let (pairs, _) = to.as_chunks_mut::<2>();
        for (pair, row) in pairs.iter_mut().zip(words) {
            *pair = split(row[column]);
        }
    }
}

#[inline(always)]
fn split<E: Packed>(word: u32) -> [E; 2] {
    [
        E::number(bf16::from_bits(word as u16)),
        E::number(bf16::from_bits((word >> 16) as u16)),
    ]
}

/// Runs `f` in parallel on blocks of two ranges of numbers, `sizes` each, vectorised.
pub(super) fn for_blocks(counts: [usize; 2], sizes: [usize; 2], f: impl Fn(Range<usize>, Range<usize>) + Sync) {
    let blocks = counts[1].div_ceil(sizes[1]);
    let range = |i: usize, block: usize| block * sizes[i]..counts[i].min((block + 1) * sizes[i]);
    for_each(counts[0].div_ceil(sizes[0]) * blocks, |task| {
        host::vectorised(
            #[inline(always)]
            || f(range(0, task / blocks), range(1, task % blocks)),
        );
    });
}
