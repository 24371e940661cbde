//! From checkpoint tensors to weights.

use burn::tensor::Tensor;

use super::reader::Reader;
use crate::LmError;
use crate::config::Config;
use crate::model::Weights;
use crate::model::params::{Form, Param, params};
use crate::ops::host;

/// Edge of the squares in which matrices are transposed, so that both sides stay in cache.
const SQUARE: usize = 32;

/// Reads all weights of a model.
///
/// # Errors
/// A tensor that is missing, of another shape or of an unknown type; a file that cannot be read.
pub(crate) fn weights(config: &Config, reader: &Reader, device: &burn::tensor::Device) -> Result<Weights, LmError> {
    params(config, None).try_map(|param| read(param, reader, device))
}

/// Reads one parameter, putting the tensors that it is made of side by side.
pub(super) fn read(param: &Param, reader: &Reader, device: &burn::tensor::Device) -> Result<Tensor<2>, LmError> {
    let [rows, columns] = param.shape();
    let mut values = vec![0.0; rows * columns];
    let mut first = 0;
    for part in &param.parts {
        let tensor = reader.read(&part.name(), &param.file_shape(part))?;
        match param.form {
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
fn transpose(matrix: &[f32], width: usize, out: &mut [f32], stride: usize) {
    let height = matrix.len() / width.max(1);
    for top in (0..height).step_by(SQUARE) {
        for left in (0..width).step_by(SQUARE) {
            for i in top..height.min(top + SQUARE) {
                for j in left..width.min(left + SQUARE) {
                    out[j * stride + i] = matrix[i * width + j];
                }
            }
        }
    }
}

/// The transpose of a row-major `matrix` of `width` columns.
pub(super) fn transposed(matrix: &[f32], width: usize) -> Vec<f32> {
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
