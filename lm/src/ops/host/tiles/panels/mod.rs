//! Right operands of products: matrices in the order in which the kernels read them, panels of 32 columns.
//!
//! A vector is a matrix of one row here too, so its panels are its values one after another.

mod rounded;

use std::ops::Range;

use half::bf16;

use super::arena::Arena;
use super::buffer::Buffer;
use super::format::Format;
use super::kernel::{Chunk, Element, Elements, Packed, Right, Term, WIDE};

/// Columns of half a panel: the gate's half beside the up projection's.
pub(crate) const HALF: usize = WIDE / 2;

/// How far ahead weights are fetched, in rows that lie together.
const AHEAD: usize = 32;

/// Bytes of a panel.
fn panel_bytes(inputs: usize, format: Format) -> usize {
    fn bytes<E: Element>(inputs: usize) -> usize {
        E::of_panel(inputs) * size_of::<E::Right>()
    }
    match format {
        Format::F32 => bytes::<f32>(inputs),
        Format::Terms => bytes::<Term>(inputs),
        Format::Bf16 => bytes::<bf16>(inputs),
        Format::Int8 => bytes::<Chunk>(inputs),
    }
}

/// A parameter `[inputs, columns]`, panel by panel: a right operand, or a vector.
#[derive(Debug)]
pub(crate) struct Panels {
    /// `[panels, inputs, 32]`; in bf16 `[panels, pairs of inputs, 32, 2]`, in terms `[panels, pairs of inputs, terms,
    /// 32, 2]`, in int8 `[panels, quads of inputs + 1, 32]`, the last ones being scales; an input without a partner is
    /// followed by zeros.
    data: Elements,
    inputs: usize,
    columns: usize,
    panels: usize,
}

impl Panels {
    /// From `[inputs, columns]` in row-major order, rounded to `format`.
    pub fn new(values: &[f32], inputs: usize, format: impl Into<Format>) -> Self {
        let columns = values.len() / inputs;
        Self::filled(
            [inputs, columns],
            columns.div_ceil(WIDE),
            format.into(),
            |panel, data| {
                let first = panel * WIDE;
                let count = WIDE.min(columns - first);
                for (row, target) in values.chunks_exact(columns).zip(data.chunks_exact_mut(WIDE)) {
                    target[..count].copy_from_slice(&row[first..first + count]);
                }
            },
        )
    }

    /// From the rows of its transpose: `[columns, inputs]` in row-major order.
    pub fn transposed(values: &[f32], inputs: usize, format: impl Into<Format>) -> Self {
        let columns = values.len() / inputs;
        Self::filled(
            [inputs, columns],
            columns.div_ceil(WIDE),
            format.into(),
            |panel, data| {
                let rows = values[panel * WIDE * inputs..].chunks_exact(inputs);
                for (j, row) in rows.take(WIDE).enumerate() {
                    for (target, value) in data[j..].iter_mut().step_by(WIDE).zip(row) {
                        *target = *value;
                    }
                }
            },
        )
    }

    /// From `[gate, up]` `[inputs, 2 * columns]`: each panel has 16 columns of the gate and the same 16 of the up
    /// projection.
    pub fn gate_up(values: &[f32], inputs: usize, format: impl Into<Format>) -> Self {
        let columns = values.len() / inputs / 2;
        Self::filled(
            [inputs, columns],
            columns.div_ceil(HALF),
            format.into(),
            |panel, data| {
                let first = panel * HALF;
                let count = HALF.min(columns - first);
                for (row, target) in values.chunks_exact(2 * columns).zip(data.chunks_exact_mut(WIDE)) {
                    let (gate, up) = row.split_at(columns);
                    target[..count].copy_from_slice(&gate[first..first + count]);
                    target[HALF..HALF + count].copy_from_slice(&up[first..first + count]);
                }
            },
        )
    }

    /// Bytes of the panels of a matrix of this shape, in `format`.
    pub fn bytes_of([inputs, columns]: [usize; 2], format: Format) -> usize {
        columns.div_ceil(WIDE) * panel_bytes(inputs, format)
    }

    /// Bytes of the panels that [`Panels::gate_up`] makes of a matrix of this shape, in `format`.
    pub fn bytes_of_gate_up([inputs, columns]: [usize; 2], format: Format) -> usize {
        (columns / 2).div_ceil(HALF) * panel_bytes(inputs, format)
    }

    /// The bytes of its numbers.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        match &self.data {
            Elements::F32(data) => size_of_val(&data[..]),
            Elements::Bf16(data) => size_of_val(&data[..]),
            Elements::Terms(data) => size_of_val(&data[..]),
            Elements::Int8(data) => size_of_val(&data[..]),
        }
    }

    /// Panels that `pack` fills with their numbers in f32.
    fn filled(
        [inputs, columns]: [usize; 2],
        panels: usize,
        format: Format,
        pack: impl Fn(usize, &mut [f32]) + Sync,
    ) -> Self {
        Self {
            data: rounded::filled(inputs, panels, format, pack),
            inputs,
            columns,
            panels,
        }
    }

    /// The panels in `data`.
    ///
    /// # Panics
    /// If there are not as many elements: a bug of the caller.
    pub fn of<E: Packed>(data: Buffer<E>, inputs: usize, columns: usize) -> Self {
        let panels = columns.div_ceil(WIDE);
        assert_eq!(
            data.len(),
            panels * E::of_panel(inputs),
            "not the elements of the panels"
        );
        Self {
            data: E::elements(data),
            inputs,
            columns,
            panels,
        }
    }

    /// The same panels in memory of `arena`.
    pub fn moved(self, arena: &Arena) -> Self {
        fn copied<N: Copy + Default>(from: &[N], arena: &Arena) -> Buffer<N> {
            let mut to = arena.zeros(from.len());
            to.copy_from_slice(from);
            to
        }
        let data = match &self.data {
            Elements::F32(data) => Elements::F32(copied(data, arena)),
            Elements::Bf16(data) => Elements::Bf16(copied(data, arena)),
            Elements::Terms(data) => Elements::Terms(copied(data, arena)),
            Elements::Int8(data) => Elements::Int8(copied(data, arena)),
        };
        Self { data, ..self }
    }

    /// The memory of panels of `E`, for reuse.
    pub fn into_data<E: Packed>(self) -> Option<Buffer<E>> {
        E::buffer(self.data)
    }

    pub fn format(&self) -> Format {
        match self.data {
            Elements::F32(_) => Format::F32,
            Elements::Terms(_) => Format::Terms,
            Elements::Bf16(_) => Format::Bf16,
            Elements::Int8(_) => Format::Int8,
        }
    }

    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Columns of the product; those of `h` for gate and up.
    pub fn columns(&self) -> usize {
        self.columns
    }

    pub fn panels(&self) -> usize {
        self.panels
    }

    /// 32 columns. Panels follow each other in memory, but the processor's own prefetching stops at every page.
    ///
    /// # Panics
    /// If the elements are of another format: a bug of the caller.
    pub fn panel<E: Element>(&self, panel: usize) -> Right<'_, E::Right> {
        let size = E::of_panel(self.inputs);
        let data = &self.elements::<E>()[panel * size..][..size];
        Right::panel::<E>(data, data.as_ptr().wrapping_add(AHEAD * E::ROW))
    }

    /// 32 columns of which one of `passes` over all rows is made, which fetches as much of the next panel: so that
    /// memory is read evenly while the processor computes.
    ///
    /// # Panics
    /// As [`Panels::panel`].
    pub fn panel_in_passes<E: Element>(&self, panel: usize, [pass, passes]: [usize; 2]) -> Right<'_, E::Right> {
        let right = self.panel::<E>(panel);
        if passes == 1 {
            return right;
        }
        let (rows, then_row) = (right.data.len() / E::ROW, E::ROW.div_ceil(passes));
        Right {
            then: right
                .data
                .as_ptr()
                .wrapping_add(right.data.len() + pass * rows * then_row),
            then_row,
            ..right
        }
    }

    /// Some inputs of [`Panels::panel_in_passes`], which fetch their share.
    ///
    /// # Panics
    /// If the elements are of another format, or of one that ends with more than inputs: a bug of the caller.
    pub fn part_in_passes<E: Element>(
        &self,
        panel: usize,
        inputs: Range<usize>,
        passes: [usize; 2],
    ) -> Right<'_, E::Right> {
        let whole = self.panel_in_passes::<E>(panel, passes);
        if inputs.len() == self.inputs {
            return whole;
        }
        assert!(E::AFTER == 0, "panels that cannot be cut");
        let (first, end) = (inputs.start / E::TOGETHER, inputs.end.div_ceil(E::TOGETHER));
        Right {
            data: &whole.data[first * E::ROW..end * E::ROW],
            k: (end - first) * E::TOGETHER,
            then: whole.then.wrapping_add(first * whole.then_row),
            ..whole
        }
    }

    /// The values of a vector.
    pub fn vector(&self) -> &[f32] {
        &self.elements::<f32>()[..self.columns]
    }

    /// All panels.
    ///
    /// # Panics
    /// If the elements are of another format: a bug of the caller.
    pub fn elements<E: Element>(&self) -> &[E::Right] {
        match E::of(&self.data) {
            Some(elements) => elements,
            None => panic!("panels of another format"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Precision;

    #[test]
    fn panels_hold_the_columns_that_they_should() {
        let (inputs, columns) = (3, 40);
        let values: Vec<f32> = (0..inputs * columns).map(|i| i as f32).collect();
        let matrix = Panels::new(&values, inputs, Precision::F32);
        assert_eq!((matrix.panels(), matrix.columns()), (2, columns));
        for (i, value) in values.iter().enumerate() {
            let (p, column) = (i / columns, i % columns);
            assert_eq!(matrix.panel::<f32>(column / 32).data[p * 32 + column % 32], *value);
        }
        let mut transpose = vec![0.0; values.len()];
        for (i, value) in values.iter().enumerate() {
            transpose[i % columns * inputs + i / columns] = *value;
        }
        let same = Panels::transposed(&transpose, inputs, Precision::F32);
        assert_eq!(same.elements::<f32>(), matrix.elements::<f32>());
    }

    #[test]
    fn passes_fetch_the_next_panel_together() {
        let matrix = Panels::new(&vec![0.0; 40 * 70], 40, Precision::F32);
        let next = matrix.panel::<f32>(1).data.as_ptr();
        for passes in [2, 5, 10] {
            let mut fetched = 0;
            for pass in 0..passes {
                let right = matrix.panel_in_passes::<f32>(0, [pass, passes]);
                assert_eq!(right.then, next.wrapping_add(fetched));
                fetched += 40 * right.then_row;
            }
            assert!((40 * WIDE..40 * WIDE + 40 * passes).contains(&fetched));
        }
    }

    #[test]
    fn the_values_of_a_vector_follow_each_other() {
        let values: Vec<f32> = (0..70).map(|i| i as f32).collect();
        assert_eq!(Panels::new(&values, 1, Precision::F32).vector(), values);
    }

    #[test]
    fn gate_and_up_share_a_panel() {
        let (inputs, columns) = (2, 20);
        let values: Vec<f32> = (0..inputs * 2 * columns).map(|i| i as f32).collect();
        let matrix = Panels::gate_up(&values, inputs, Precision::F32);
        assert_eq!((matrix.panels(), matrix.columns()), (2, columns));
        for p in 0..inputs {
            for column in 0..columns {
                let row = &matrix.panel::<f32>(column / 16).data[p * 32..][..32];
                assert_eq!(row[column % 16], values[p * 2 * columns + column]);
                assert_eq!(row[16 + column % 16], values[p * 2 * columns + columns + column]);
            }
        }
    }
}
