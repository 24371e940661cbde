//! Left operands of products: activations in chunks of columns, as the kernels read them.

mod quantised;

use super::buffer::{Buffer, Shared};
use super::kernel::{Element, Isa, Left, Number, WIDE};
use super::panels::HALF;

/// A matrix `[rows, width]` of elements of the product's format in chunks of [`WIDE`] columns: number `(r, c)` at
/// `[c / 32][r][c % 32]`; in int8, where 32 numbers are one element, those of a row at `[c / 32][r]`.
#[derive(Debug)]
pub(crate) struct Operand<E = f32> {
    data: Buffer<E>,
    rows: usize,
    width: usize,
}

impl<E> Default for Operand<E> {
    fn default() -> Self {
        Self {
            data: Buffer::default(),
            rows: 0,
            width: 0,
        }
    }
}

impl<E: Element> Operand<E> {
    /// Makes it `[rows, width]`, to be filled by [`Writer::put_chunk`].
    pub fn reset_chunks(&mut self, rows: usize, width: usize) {
        (self.rows, self.width) = (rows, width);
        self.data.set_len(width.div_ceil(WIDE) * rows * E::CHUNK);
    }

    /// The operand in `data`, which holds it.
    ///
    /// # Panics
    /// If there are not as many elements: a bug of the caller.
    pub fn of(data: Buffer<E>, rows: usize, width: usize) -> Self {
        let length = width.div_ceil(WIDE) * rows * E::CHUNK;
        assert_eq!(data.len(), length, "not the elements of the operand");
        Self { data, rows, width }
    }

    /// The memory, for reuse.
    pub fn into_data(self) -> Buffer<E> {
        self.data
    }

    /// A handle for tasks that write different rows or columns at the same time.
    pub fn writer(&mut self) -> Writer<'_, E> {
        Writer {
            rows: self.rows,
            width: self.width,
            data: Shared::new(&mut self.data),
        }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn width(&self) -> usize {
        self.width
    }

    /// The rows from `first`, to multiply.
    pub fn rows_from(&self, first: usize) -> Left<'_, E> {
        Left {
            data: &self.data,
            rows: self.rows,
            first,
        }
    }
}

impl<N: Number> Operand<N> {
    /// Makes it `[rows, width]`, with unspecified content but for zeros after the last of columns that are taken
    /// together.
    pub fn reset(&mut self, rows: usize, width: usize) {
        self.reset_chunks(rows, width);
        let padded = width.next_multiple_of(N::TOGETHER);
        for column in width..padded {
            let chunk = &mut self.data[column / WIDE * rows * WIDE..][..rows * WIDE];
            chunk[column % WIDE..]
                .iter_mut()
                .step_by(WIDE)
                .for_each(|pad| *pad = N::default());
        }
    }
}

/// Writes an [`Operand`] from parallel tasks.
#[derive(Clone, Copy)]
pub(crate) struct Writer<'a, E = f32> {
    data: Shared<'a, E>,
    rows: usize,
    width: usize,
}

impl<E: Element> Writer<'_, E> {
    /// Puts the elements nearest to 32 values into row `row`; those beyond its last column are zeros.
    ///
    /// # Panics
    /// If there is no such row or chunk: a bug of the caller.
    ///
    /// # Safety
    /// No other thread writes these elements at the same time.
    #[inline(always)]
    pub unsafe fn put_chunk(&self, isa: Isa, row: usize, chunk: usize, values: &[f32; WIDE]) {
        assert!(
            row < self.rows && chunk * WIDE < self.width,
            "values outside the operand"
        );
        let start = (chunk * self.rows + row) * E::CHUNK;
        // SAFETY: the part is this row's chunk, which the caller says nobody else writes, and lives until the end.
        E::put(isa, values, unsafe { self.data.part(start..start + E::CHUNK) });
    }
}

impl<N: Number> Writer<'_, N> {
    /// Puts the numbers nearest to `values` into row `row` from column `column` on.
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
            column += now.len();
            values = later;
        }
    }
}

/// Copies a piece of a row: of the usual widths by vectors, others by a call.
#[inline(always)]
fn copy<N: Number>(to: &mut [N], from: &[f32]) {
    match from.len() {
        WIDE => copy_fixed::<WIDE, N>(to, from),
        HALF => copy_fixed::<HALF, N>(to, from),
        _ => to.iter_mut().zip(from).for_each(|(to, from)| *to = N::nearest(*from)),
    }
}

#[inline(always)]
fn copy_fixed<const LENGTH: usize, N: Number>(to: &mut [N], from: &[f32]) {
    if let (Some(to), Some(from)) = (to.first_chunk_mut::<LENGTH>(), from.first_chunk::<LENGTH>()) {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = N::nearest(*from));
    }
}

#[cfg(test)]
mod tests {
    use half::bf16;

    use super::*;

    #[test]
    fn rows_are_cut_into_chunks_of_columns() {
        let mut operand: Operand = Operand::default();
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
    fn operands_in_bf16_are_rounded_and_their_last_column_has_a_partner() {
        let mut operand: Operand<bf16> = Operand::default();
        for width in [40, 39] {
            operand.reset(2, width);
            // SAFETY: one thread.
            unsafe { operand.writer().put(1, 0, &vec![1.001; width]) };
        }
        let left = operand.rows_from(0);
        assert_eq!(
            (left.data[32], left.data[96 + 6], left.data[96 + 7]),
            (bf16::ONE, bf16::ONE, bf16::ZERO)
        );
    }
}
