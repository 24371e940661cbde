//! From checkpoint tensors to weights.

use burn::tensor::Tensor;

use super::names::{Entry, Form, entries};
use super::reader::Reader;
use crate::LmError;
use crate::config::Config;
use crate::model::{Block, QkNorm, Weights};
use crate::ops::host;

/// Edge of the tiles in which matrices are transposed, so that both sides stay in cache.
const TILE: usize = 32;

/// Reads all weights of a model.
pub(crate) fn weights(config: &Config, reader: &Reader, device: &burn::tensor::Device) -> Result<Weights, LmError> {
    // A skeleton of the right structure; every tensor of it is replaced.
    let mut weights = skeleton(config, device);
    for (entry, tensor) in entries(config).iter().zip(weights.tensors_mut()) {
        *tensor = read(entry, reader, device)?;
    }
    Ok(weights)
}

fn skeleton(config: &Config, device: &burn::tensor::Device) -> Weights {
    let empty = || Tensor::empty([0, 0], device);
    let block = || Block {
        norm1: empty(),
        qkv: empty(),
        qkv_bias: config.qkv_bias.then(empty),
        qk_norm: config.qk_norm.then(|| QkNorm { q: empty(), k: empty() }),
        lora: None,
        out: empty(),
        out_bias: config.out_bias.then(empty),
        norm2: empty(),
        gate_up: empty(),
        down: empty(),
    };
    Weights {
        embed: empty(),
        blocks: (0..config.layers).map(|_| block()).collect(),
        norm: empty(),
        head: (!config.tied).then(empty),
    }
}

fn read(entry: &Entry, reader: &Reader, device: &burn::tensor::Device) -> Result<Tensor<2>, LmError> {
    let (rows, columns) = (entry.rows, entry.columns());
    let mut values = vec![0.0; rows * columns];
    let mut first = 0;
    for part in &entry.parts {
        let tensor = reader.read(&part.name, &entry.shape(part))?;
        match entry.form {
            Form::Linear => transpose(&tensor, rows, &mut values[first..], columns),
            Form::Table | Form::Vector => {
                for (row, tensor) in values.chunks_exact_mut(columns).zip(tensor.chunks_exact(part.width)) {
                    row[first..first + part.width].copy_from_slice(tensor);
                }
            }
        }
        first += part.width;
    }
    Ok(host::tensor(values, [rows, columns], device))
}

/// Writes the transpose of a row-major `matrix` of `width` columns to `out`, whose rows are `stride` apart.
pub(super) fn transpose(matrix: &[f32], width: usize, out: &mut [f32], stride: usize) {
    let height = matrix.len() / width.max(1);
    for top in (0..height).step_by(TILE) {
        for left in (0..width).step_by(TILE) {
            for i in top..height.min(top + TILE) {
                for j in left..width.min(left + TILE) {
                    out[j * stride + i] = matrix[i * width + j];
                }
            }
        }
    }
}

/// The transpose of a row-major `matrix` of `width` columns.
pub(crate) fn transposed(matrix: &[f32], width: usize) -> Vec<f32> {
    let mut out = vec![0.0; matrix.len()];
    transpose(matrix, width, &mut out, matrix.len() / width.max(1));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposes_into_columns_of_a_wider_matrix() {
        let mut out = vec![0.0; 9];
        transpose(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3, &mut out[1..], 3);
        assert_eq!(out, [0.0, 1.0, 4.0, 0.0, 2.0, 5.0, 0.0, 3.0, 6.0]);
    }
}
