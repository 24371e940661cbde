//! Right operands of products: matrices in the order in which the kernels read them, panels of 32 columns.
//!
//! A vector is a matrix of one row here too, so its panels are its values one after another.

use half::bf16;
use rayon::prelude::*;

use super::buffer::Buffer;
use super::kernel::{Number, Numbers, Right, WIDE};
use crate::Dtype;

/// Columns of half a panel: the gate's half beside the up projection's.
pub(crate) const HALF: usize = WIDE / 2;

/// How far ahead weights are fetched, in rows that lie together.
const AHEAD: usize = 32;

/// Bytes of a panel.
fn panel_bytes(inputs: usize, dtype: Dtype) -> usize {
    match dtype {
        Dtype::F32 => inputs * WIDE * size_of::<f32>(),
        Dtype::Bf16 => inputs.next_multiple_of(2) * WIDE * size_of::<bf16>(),
    }
}

/// A parameter `[inputs, columns]`, panel by panel: a right operand, or a vector.
#[derive(Debug)]
pub(crate) struct Panels {
    /// `[panels, inputs, 32]`; in bf16 `[panels, pairs of inputs, 32, 2]`, an input without a partner followed by zeros
    data: Numbers,
    inputs: usize,
    columns: usize,
    panels: usize,
}

impl Panels {
    /// From `[inputs, columns]` in row-major order.
    pub fn new(values: &[f32], inputs: usize) -> Self {
        let columns = values.len() / inputs;
        Self::filled(inputs, columns, columns.div_ceil(WIDE), |panel, data| {
            let first = panel * WIDE;
            let count = WIDE.min(columns - first);
            for (row, target) in values.chunks_exact(columns).zip(data.chunks_exact_mut(WIDE)) {
                target[..count].copy_from_slice(&row[first..first + count]);
            }
        })
    }

    /// From the rows of its transpose: `[columns, inputs]` in row-major order.
    pub fn transposed(values: &[f32], inputs: usize) -> Self {
        let columns = values.len() / inputs;
        Self::filled(inputs, columns, columns.div_ceil(WIDE), |panel, data| {
            let rows = values[panel * WIDE * inputs..].chunks_exact(inputs);
            for (j, row) in rows.take(WIDE).enumerate() {
                for (target, value) in data[j..].iter_mut().step_by(WIDE).zip(row) {
                    *target = *value;
                }
            }
        })
    }

    /// From `[gate, up]` `[inputs, 2 * columns]`: each panel has 16 columns of the gate and the same 16 of the up
    /// projection.
    pub fn gate_up(values: &[f32], inputs: usize) -> Self {
        let columns = values.len() / inputs / 2;
        Self::filled(inputs, columns, columns.div_ceil(HALF), |panel, data| {
            let first = panel * HALF;
            let count = HALF.min(columns - first);
            for (row, target) in values.chunks_exact(2 * columns).zip(data.chunks_exact_mut(WIDE)) {
                let (gate, up) = row.split_at(columns);
                target[..count].copy_from_slice(&gate[first..first + count]);
                target[HALF..HALF + count].copy_from_slice(&up[first..first + count]);
            }
        })
    }

    /// Bytes of the panels of a matrix of this shape, in the format of `dtype`.
    pub fn bytes_of([inputs, columns]: [usize; 2], dtype: Dtype) -> usize {
        columns.div_ceil(WIDE) * panel_bytes(inputs, dtype)
    }

    /// Bytes of the panels that [`Panels::gate_up`] makes of a matrix of this shape, in the format of `dtype`.
    pub fn bytes_of_gate_up([inputs, columns]: [usize; 2], dtype: Dtype) -> usize {
        (columns / 2).div_ceil(HALF) * panel_bytes(inputs, dtype)
    }

    /// The bytes of its numbers.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        match &self.data {
            Numbers::F32(data) => size_of_val(&data[..]),
            Numbers::Bf16(data) => size_of_val(&data[..]),
        }
    }

    /// The same matrix with the numbers nearest to its elements.
    pub fn rounded(self, dtype: Dtype) -> Self {
        let (Dtype::Bf16, Numbers::F32(exact)) = (dtype, &self.data) else {
            return self;
        };
        let pairs = self.inputs.div_ceil(2);
        let mut data: Buffer<bf16> = Buffer::zeros(self.panels * pairs * 2 * WIDE);
        let panels = data
            .par_chunks_mut(pairs * 2 * WIDE)
            .zip(exact.par_chunks(self.inputs * WIDE));
        panels.for_each(|(panel, exact)| {
            let rows = exact.chunks_exact(WIDE).enumerate();
            for (input, row) in rows {
                let targets = panel[input / 2 * 2 * WIDE..].iter_mut().skip(input % 2).step_by(2);
                targets
                    .zip(row)
                    .for_each(|(target, value)| *target = bf16::nearest(*value));
            }
        });
        Self {
            data: Numbers::Bf16(data),
            ..self
        }
    }

    /// Panels in f32, filled by `pack`.
    fn filled(inputs: usize, columns: usize, panels: usize, pack: impl Fn(usize, &mut [f32]) + Sync) -> Self {
        let mut data: Buffer = Buffer::zeros(panels * inputs * WIDE);
        let each = data.par_chunks_mut(inputs * WIDE).enumerate();
        each.for_each(|(panel, data)| pack(panel, data));
        Self {
            data: Numbers::F32(data),
            inputs,
            columns,
            panels,
        }
    }

    /// The panels in `data`, `[panels, pairs of inputs, 32, 2]`.
    ///
    /// # Panics
    /// If there are not as many numbers: a bug of the caller.
    pub fn of(data: Buffer<bf16>, inputs: usize, columns: usize) -> Self {
        let panels = columns.div_ceil(WIDE);
        assert_eq!(
            data.len(),
            panels * inputs.next_multiple_of(2) * WIDE,
            "not the numbers of the panels"
        );
        Self {
            data: Numbers::Bf16(data),
            inputs,
            columns,
            panels,
        }
    }

    /// The memory of panels in bf16, for reuse.
    pub fn into_pairs(self) -> Option<Buffer<bf16>> {
        match self.data {
            Numbers::Bf16(data) => Some(data),
            Numbers::F32(_) => None,
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
    /// If the numbers are of another format: a bug of the caller.
    pub fn panel<N: Number>(&self, panel: usize) -> Right<'_, N> {
        let size = self.inputs.next_multiple_of(N::TOGETHER) * WIDE;
        let data = &self.numbers()[panel * size..][..size];
        Right::panel(data, data.as_ptr().wrapping_add(AHEAD * WIDE * N::TOGETHER))
    }

    /// The values of a vector.
    pub fn vector(&self) -> &[f32] {
        &self.numbers()[..self.columns]
    }

    /// All panels.
    ///
    /// # Panics
    /// If the numbers are of another format: a bug of the caller.
    pub fn numbers<N: Number>(&self) -> &[N] {
        match N::of(&self.data) {
            Some(numbers) => numbers,
            None => panic!("panels of another format"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_hold_the_columns_that_they_should() {
        let (inputs, columns) = (3, 40);
        let values: Vec<f32> = (0..inputs * columns).map(|i| i as f32).collect();
        let matrix = Panels::new(&values, inputs);
        assert_eq!((matrix.panels(), matrix.columns()), (2, columns));
        for (i, value) in values.iter().enumerate() {
            let (p, column) = (i / columns, i % columns);
            assert_eq!(matrix.panel::<f32>(column / 32).data[p * 32 + column % 32], *value);
        }
        let mut transpose = vec![0.0; values.len()];
        for (i, value) in values.iter().enumerate() {
            transpose[i % columns * inputs + i / columns] = *value;
        }
        let same = Panels::transposed(&transpose, inputs);
        assert_eq!(same.numbers::<f32>(), matrix.numbers::<f32>());
    }

    #[test]
    fn the_values_of_a_vector_follow_each_other() {
        let values: Vec<f32> = (0..70).map(|i| i as f32).collect();
        assert_eq!(Panels::new(&values, 1).vector(), values);
    }

    #[test]
    fn gate_and_up_share_a_panel() {
        let (inputs, columns) = (2, 20);
        let values: Vec<f32> = (0..inputs * 2 * columns).map(|i| i as f32).collect();
        let matrix = Panels::gate_up(&values, inputs);
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
