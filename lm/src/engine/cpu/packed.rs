//! Weights in the order in which the kernels read them: panels of 32 columns, packed once per policy.
//!
//! A vector is a matrix of one row here too, so its panels are its values one after another.

use std::convert::Infallible;

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::buffer::Buffer;
use super::kernel::WIDE;
use crate::Dtype;
use crate::model::params::Param;
use crate::model::{Block, Model, Projection};
use crate::ops::host::{self, math};
use crate::profile::{self, Section};

/// Columns of half a panel: the gate's half beside the up projection's.
pub(super) const HALF: usize = WIDE / 2;

/// A parameter `[inputs, columns]`, panel by panel: a right operand, or a vector.
#[derive(Debug)]
pub(super) struct Panels {
    /// `[panels, inputs, 32]`
    data: Buffer,
    inputs: usize,
    columns: usize,
}

impl Panels {
    /// From `[inputs, columns]` in row-major order.
    pub fn new(values: &[f32], inputs: usize) -> Self {
        let columns = values.len() / inputs;
        let mut matrix = Self::zeros(inputs, columns, columns.div_ceil(WIDE));
        matrix.fill(|panel, data| {
            let first = panel * WIDE;
            let count = WIDE.min(columns - first);
            for (row, target) in values.chunks_exact(columns).zip(data.chunks_exact_mut(WIDE)) {
                target[..count].copy_from_slice(&row[first..first + count]);
            }
        });
        matrix
    }

    /// From the rows of its transpose: `[columns, inputs]` in row-major order.
    pub fn transposed(values: &[f32], inputs: usize) -> Self {
        let columns = values.len() / inputs;
        let mut matrix = Self::zeros(inputs, columns, columns.div_ceil(WIDE));
        matrix.fill(|panel, data| {
            let rows = values[panel * WIDE * inputs..].chunks_exact(inputs);
            for (j, row) in rows.take(WIDE).enumerate() {
                for (target, value) in data[j..].iter_mut().step_by(WIDE).zip(row) {
                    *target = *value;
                }
            }
        });
        matrix
    }

    /// From `[gate, up]` `[inputs, 2 * columns]`: each panel has 16 columns of the gate and the same 16 of the up
    /// projection.
    pub fn gate_up(values: &[f32], inputs: usize) -> Self {
        let columns = values.len() / inputs / 2;
        let mut matrix = Self::zeros(inputs, columns, columns.div_ceil(HALF));
        matrix.fill(|panel, data| {
            let first = panel * HALF;
            let count = HALF.min(columns - first);
            for (row, target) in values.chunks_exact(2 * columns).zip(data.chunks_exact_mut(WIDE)) {
                let (gate, up) = row.split_at(columns);
                target[..count].copy_from_slice(&gate[first..first + count]);
                target[HALF..HALF + count].copy_from_slice(&up[first..first + count]);
            }
        });
        matrix
    }

    /// The same matrix with its elements rounded to `dtype`.
    fn rounded(mut self, dtype: Dtype) -> Self {
        self.fill(|_, data| math::round(data, dtype));
        self
    }

    fn zeros(inputs: usize, columns: usize, panels: usize) -> Self {
        Self {
            data: Buffer::zeros(panels * inputs * WIDE),
            inputs,
            columns,
        }
    }

    fn fill(&mut self, pack: impl Fn(usize, &mut [f32]) + Sync) {
        let size = self.inputs * WIDE;
        self.data
            .par_chunks_mut(size)
            .enumerate()
            .for_each(|(panel, data)| pack(panel, data));
    }

    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Columns of the product; those of `h` for gate and up.
    pub fn columns(&self) -> usize {
        self.columns
    }

    pub fn panels(&self) -> usize {
        self.data.len() / (self.inputs * WIDE)
    }

    /// `[inputs, 32]`
    pub fn panel(&self, panel: usize) -> &[f32] {
        &self.data[panel * self.inputs * WIDE..][..self.inputs * WIDE]
    }

    /// The values of a vector.
    pub fn vector(&self) -> &[f32] {
        &self.data[..self.columns]
    }
}

/// All weights but the embedding, whose rows are read where they are.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(super) blocks: Vec<Block<Panels>>,
    pub(super) norm: Panels,
    pub(super) head: Panels,
}

impl Packed {
    /// Copies the weights of a model.
    pub fn new(model: &Model) -> Self {
        let _section = profile::section(Section::Pack);
        let (weights, params) = (&model.weights, model.params());
        let dtype = model.device.dtype();
        let blocks = params.blocks.iter().zip(&weights.blocks);
        let blocks = blocks.map(|(params, block)| {
            let Ok(packed) = params.try_zip(block, &mut |param, tensor| {
                // Norms are packed as the factors that they multiply by.
                let packed = match param.is_norm() {
                    true => pack(param, &model.factors(tensor), dtype),
                    false => pack(param, tensor, dtype),
                };
                Ok::<_, Infallible>(packed)
            });
            packed
        });
        let head = match &weights.head {
            Some(head) => Panels::new(&host::values(head), model.config.hidden),
            None => Panels::transposed(&host::values(&weights.embed), model.config.hidden),
        };
        Self {
            blocks: blocks.collect(),
            norm: Panels::new(&host::values(&model.factors(&weights.norm)), 1),
            head,
        }
    }
}

/// A parameter of a block. Matrices are rounded to the precision of the model's products; vectors are parts of sums or
/// factors of a norm, which f32 has, and stay as they are.
fn pack(param: &Param, tensor: &Tensor<2>, dtype: Dtype) -> Panels {
    let values = host::values(tensor);
    match param.projection {
        None => Panels::new(&values, param.rows),
        // One product gives gate and input of a hidden value side by side, so that it is finished in registers.
        Some(Projection::GateUp) => Panels::gate_up(&values, param.rows).rounded(dtype),
        Some(_) => Panels::new(&values, param.rows).rounded(dtype),
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
            assert_eq!(matrix.panel(column / 32)[p * 32 + column % 32], *value);
        }
        let mut transpose = vec![0.0; values.len()];
        for (i, value) in values.iter().enumerate() {
            transpose[i % columns * inputs + i / columns] = *value;
        }
        let same = Panels::transposed(&transpose, inputs);
        assert_eq!(same.data[..], matrix.data[..]);
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
                let row = &matrix.panel(column / 16)[p * 32..][..32];
                assert_eq!(row[column % 16], values[p * 2 * columns + column]);
                assert_eq!(row[16 + column % 16], values[p * 2 * columns + columns + column]);
            }
        }
    }

    #[test]
    fn matrices_of_blocks_are_rounded_and_nothing_else() {
        use crate::{Device, model::init, testing::config};
        let config = config(20);
        let weights = init::random(&config, 1, &Device::flex().burn());
        let [exact, mixed] = Dtype::ALL.map(|dtype| {
            let device = Device::flex().with_dtype(dtype);
            Packed::new(&Model::new(config.clone(), weights.clone(), &device))
        });
        for (exact, mixed) in exact.blocks.iter().zip(&mixed.blocks) {
            let matrices =
                |block: &Block<Panels>| [&block.qkv, &block.out, &block.gate_up, &block.down].map(|m| m.data.to_vec());
            for (exact, mixed) in matrices(exact).iter_mut().zip(matrices(mixed)) {
                assert_ne!(*exact, mixed);
                math::round(exact, Dtype::Bf16);
                assert_eq!(*exact, mixed);
            }
            let norm = |block: &Block<Panels>| block.norm1.as_ref().unwrap().vector().to_vec();
            assert_eq!(norm(exact), norm(mixed));
            let bias = |block: &Block<Panels>| block.qkv_bias.as_ref().unwrap().vector().to_vec();
            assert_eq!(bias(exact), bias(mixed));
        }
        assert_eq!(exact.head.data[..], mixed.head.data[..]);
    }
}
