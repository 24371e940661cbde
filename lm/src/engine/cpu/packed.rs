//! Weights in the order in which the kernels read them: panels of 32 columns, packed once per policy.

use rayon::prelude::*;

use super::buffer::Buffer;
use super::kernel::WIDE;
use crate::Dtype;
use crate::model::{Block, Model};
use crate::ops::host::{self, math};
use crate::profile::{self, Section};

/// Columns of half a panel: the gate's half beside the up projection's.
pub(super) const HALF: usize = WIDE / 2;

/// A right operand `[inputs, columns]`, panel by panel.
#[derive(Debug)]
pub(super) struct Matrix {
    /// `[panels, inputs, 32]`
    data: Buffer,
    inputs: usize,
    columns: usize,
    /// One value per column.
    bias: Option<Vec<f32>>,
}

impl Matrix {
    /// From `[inputs, columns]` in row-major order.
    pub fn new(values: &[f32], inputs: usize, bias: Option<Vec<f32>>) -> Self {
        let columns = values.len() / inputs;
        let mut matrix = Self::zeros(inputs, columns, columns.div_ceil(WIDE), bias);
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
        let mut matrix = Self::zeros(inputs, columns, columns.div_ceil(WIDE), None);
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
        let mut matrix = Self::zeros(inputs, columns, columns.div_ceil(HALF), None);
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

    /// The same matrix with its elements rounded to `dtype`; biases are sums' parts and stay as they are.
    fn rounded(mut self, dtype: Dtype) -> Self {
        self.fill(|_, data| math::round(data, dtype));
        self
    }

    fn zeros(inputs: usize, columns: usize, panels: usize, bias: Option<Vec<f32>>) -> Self {
        Self {
            data: Buffer::zeros(panels * inputs * WIDE),
            inputs,
            columns,
            bias,
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

    pub fn bias(&self) -> Option<&[f32]> {
        self.bias.as_deref()
    }
}

/// A transformer block.
#[derive(Debug)]
pub(super) struct PackedBlock {
    pub norm1: Vec<f32>,
    pub qkv: Matrix,
    /// Of query and key heads, `[head_dim]` each.
    qk_norm: Option<[Vec<f32>; 2]>,
    pub out: Matrix,
    pub norm2: Vec<f32>,
    pub gate_up: Matrix,
    pub down: Matrix,
}

impl PackedBlock {
    fn new(block: &Block, dtype: Dtype) -> Self {
        let matrix = |weight: &burn::tensor::Tensor<2>, bias: Option<&burn::tensor::Tensor<2>>| {
            let [inputs, _] = weight.dims();
            Matrix::new(&host::values(weight), inputs, bias.map(host::values)).rounded(dtype)
        };
        let [hidden, _] = block.gate_up.dims();
        Self {
            norm1: host::values(&block.norm1),
            qkv: matrix(&block.qkv, block.qkv_bias.as_ref()),
            qk_norm: block
                .qk_norm
                .as_ref()
                .map(|norm| [host::values(&norm.q), host::values(&norm.k)]),
            out: matrix(&block.out, block.out_bias.as_ref()),
            norm2: host::values(&block.norm2),
            gate_up: Matrix::gate_up(&host::values(&block.gate_up), hidden).rounded(dtype),
            down: matrix(&block.down, None),
        }
    }

    /// Factors of the normalisation of query and key heads, of models that have it.
    pub fn head_norms(&self) -> (Option<&[f32]>, Option<&[f32]>) {
        match &self.qk_norm {
            Some([q, k]) => (Some(q), Some(k)),
            None => (None, None),
        }
    }
}

/// All weights but the embedding, whose rows are read where they are; the blocks' matrices rounded to the precision of
/// the model's products.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(super) blocks: Vec<PackedBlock>,
    pub(super) norm: Vec<f32>,
    pub(super) head: Matrix,
}

impl Packed {
    /// Copies the weights of a model.
    pub fn new(model: &Model) -> Self {
        let _section = profile::section(Section::Pack);
        let (weights, hidden) = (&model.weights, model.config.hidden);
        let pack = |block| PackedBlock::new(block, model.device.dtype());
        let head = match &weights.head {
            Some(head) => Matrix::new(&host::values(head), hidden, None),
            None => Matrix::transposed(&host::values(&weights.embed), hidden),
        };
        Self {
            blocks: weights.blocks.iter().map(pack).collect(),
            norm: host::values(&weights.norm),
            head,
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
        let matrix = Matrix::new(&values, inputs, None);
        assert_eq!((matrix.panels(), matrix.columns()), (2, columns));
        for (i, value) in values.iter().enumerate() {
            let (p, column) = (i / columns, i % columns);
            assert_eq!(matrix.panel(column / 32)[p * 32 + column % 32], *value);
        }
        let mut transpose = vec![0.0; values.len()];
        for (i, value) in values.iter().enumerate() {
            transpose[i % columns * inputs + i / columns] = *value;
        }
        let same = Matrix::transposed(&transpose, inputs);
        assert_eq!(same.data[..], matrix.data[..]);
    }

    #[test]
    fn gate_and_up_share_a_panel() {
        let (inputs, columns) = (2, 20);
        let values: Vec<f32> = (0..inputs * 2 * columns).map(|i| i as f32).collect();
        let matrix = Matrix::gate_up(&values, inputs);
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
        use crate::{Device, checkpoint::init, testing::config};
        let config = config(20);
        let weights = init::random(&config, 1, &Device::flex().burn());
        let [exact, mixed] = Dtype::ALL.map(|dtype| {
            let device = Device::flex().with_dtype(dtype);
            Packed::new(&Model::new(config.clone(), weights.clone(), &device))
        });
        for (exact, mixed) in exact.blocks.iter().zip(&mixed.blocks) {
            let matrices =
                |block: &PackedBlock| [&block.qkv, &block.out, &block.gate_up, &block.down].map(|m| m.data.to_vec());
            for (exact, mixed) in matrices(exact).iter_mut().zip(matrices(mixed)) {
                assert_ne!(*exact, mixed);
                math::round(exact, Dtype::Bf16);
                assert_eq!(*exact, mixed);
            }
            assert_eq!(exact.norm1, mixed.norm1);
            assert_eq!(exact.qkv.bias, mixed.qkv.bias);
        }
        assert_eq!(exact.head.data[..], mixed.head.data[..]);
    }
}
