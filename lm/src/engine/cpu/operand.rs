//! Left operands of products: activations in chunks of columns, as the kernels read them.

use super::buffer::{Buffer, Shared};
use super::kernel::{Left, WIDE};
use super::packed::HALF;
use crate::Dtype;
use crate::ops::host::math;

/// A matrix `[rows, width]` in chunks of [`WIDE`] columns: element `(r, c)` at `[c / 32][r][c % 32]`, rounded to the
/// precision of the product.
#[derive(Debug, Default)]
pub(super) struct Operand {
    data: Buffer,
    rows: usize,
    width: usize,
    dtype: Dtype,
}

impl Operand {
    /// An empty operand whose values will be rounded to `dtype`; the default's are not rounded.
    pub fn rounded(dtype: Dtype) -> Self {
        Self {
            dtype,
            ..Self::default()
        }
    }

    /// Makes it `[rows, width]`, with unspecified content.
    pub fn reset(&mut self, rows: usize, width: usize) {
        (self.rows, self.width) = (rows, width);
        self.data.set_len(width.div_ceil(WIDE) * rows * WIDE);
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn width(&self) -> usize {
        self.width
    }

    /// The rows from `first`, to multiply.
    pub fn rows_from(&self, first: usize) -> Left<'_> {
        Left {
            data: &self.data,
            rows: self.rows,
            first,
        }
    }

    /// A handle for tasks that write different rows or columns at the same time.
    pub fn writer(&mut self) -> Writer<'_> {
        Writer {
            rows: self.rows,
            width: self.width,
            dtype: self.dtype,
            data: Shared::new(&mut self.data),
        }
    }
}

/// Writes an [`Operand`] from parallel tasks.
#[derive(Clone, Copy)]
pub(super) struct Writer<'a> {
    data: Shared<'a>,
    rows: usize,
    width: usize,
    dtype: Dtype,
}

impl Writer<'_> {
    /// Puts `values`, rounded, into row `row` from column `column` on.
    ///
    /// # Panics
    /// If they reach beyond the row: a bug of the caller.
    ///
    /// # Safety
    /// No other thread writes these elements at the same time.
    #[inline(always)]
    pub unsafe fn put(&self, row: usize, mut column: usize, mut values: &[f32]) {
        assert!(
            row < self.rows && column + values.len() <= self.width,
            "values outside the operand"
        );
        while !values.is_empty() {
            let (now, later) = values.split_at(values.len().min(WIDE - column % WIDE));
            let start = (column / WIDE * self.rows + row) * WIDE + column % WIDE;
            // SAFETY: the part lies in this row's columns, which the caller says nobody else writes, and lives until
            // the end of the loop's body.
            let part = unsafe { self.data.part(start..start + now.len()) };
            copy(part, now);
            math::round(part, self.dtype);
            column += now.len();
            values = later;
        }
    }
}

/// Copies a piece of a row: of the usual widths by vectors, others by a call.
#[inline(always)]
fn copy(to: &mut [f32], from: &[f32]) {
    match from.len() {
        WIDE => copy_fixed::<WIDE>(to, from),
        HALF => copy_fixed::<HALF>(to, from),
        _ => to.copy_from_slice(from),
    }
}

#[inline(always)]
fn copy_fixed<const N: usize>(to: &mut [f32], from: &[f32]) {
    if let (Some(to), Some(from)) = (to.first_chunk_mut::<N>(), from.first_chunk()) {
        *to = *from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_into_chunks_of_columns() {
        let mut operand = Operand::default();
        operand.reset(3, 70);
        let values: Vec<f32> = (0..70).map(|c| c as f32).collect();
        let writer = operand.writer();
        // SAFETY: one thread.
        unsafe {
            writer.put(1, 0, &values[..20]);
            writer.put(1, 20, &values[20..]);
        }
        let left = operand.rows_from(0);
        for c in 0..70 {
            assert_eq!(left.data[(c / 32 * 3 + 1) * 32 + c % 32], c as f32);
        }
    }

    #[test]
    fn operands_in_bf16_are_rounded_where_they_are_written() {
        let mut operand = Operand::rounded(Dtype::Bf16);
        operand.reset(2, 40);
        // SAFETY: one thread.
        unsafe { operand.writer().put(1, 0, &[1.001; 40]) };
        let left = operand.rows_from(0);
        assert_eq!((left.data[32], left.data[96 + 7]), (1.0, 1.0));
    }
}
