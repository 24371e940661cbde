//! Where the values of a parameter arrive: its tensors, in any order and row by row.

use burn::tensor::{Device, Tensor};

use crate::model::params::{Form, Param, Part};
use crate::ops::host;

/// Edge of the squares in which matrices are transposed, so that both sides stay in cache.
const SQUARE: usize = 32;

/// A parameter that is being read. Takes no memory before its first values arrive.
pub(crate) struct Slot {
    shape: [usize; 2],
    form: Form,
    pub parts: Vec<SlotPart>,
    values: Vec<f32>,
    /// Values that have arrived.
    arrived: usize,
    /// The parameter, once all have.
    tensor: Option<Tensor<2>>,
}

/// A tensor of a parameter.
pub(crate) struct SlotPart {
    /// Its name in the file.
    pub name: String,
    /// Its shape there.
    pub shape: Vec<usize>,
    /// The first column of the parameter that it fills.
    first: usize,
    width: usize,
}

impl Slot {
    /// For a parameter, its tensors being called `name`.
    pub fn new(param: &Param, name: impl Fn(&Part) -> String) -> Self {
        let mut next = 0;
        let parts = param.parts.iter().map(|part| {
            let first = next;
            next += part.width;
            SlotPart {
                name: name(part),
                shape: param.file_shape(part),
                first,
                width: part.width,
            }
        });
        Self {
            parts: parts.collect(),
            ..Self::empty(param.shape(), param.form)
        }
    }

    /// For a parameter that is one tensor and lies in memory as it does in the file: a matrix, or a vector, which has
    /// one row.
    pub fn stored(name: String, shape: &[usize]) -> Self {
        let (form, [rows, width]) = match *shape {
            [rows, width] => (Form::Table, [rows, width]),
            _ => (Form::Vector, [1, shape.iter().product()]),
        };
        let part = SlotPart {
            name,
            shape: shape.to_vec(),
            first: 0,
            width,
        };
        Self {
            parts: vec![part],
            ..Self::empty([rows, width], form)
        }
    }

    fn empty(shape: [usize; 2], form: Form) -> Self {
        Self {
            shape,
            form,
            parts: Vec::new(),
            values: Vec::new(),
            arrived: 0,
            tensor: None,
        }
    }

    /// Puts whole rows of the tensor `part`, from its element `first` on, where they belong. With the last of them the
    /// parameter becomes a tensor on `device`, so that the host never holds the values of all parameters.
    pub fn put(&mut self, part: usize, first: usize, values: &[f32], device: &Device) {
        let [rows, columns] = self.shape;
        if self.values.is_empty() {
            self.values = vec![0.0; rows * columns];
        }
        let part = &self.parts[part];
        match self.form {
            Form::Linear => transpose(values, rows, &mut self.values[part.first + first / rows..], columns),
            Form::Table | Form::Vector => {
                let rows = self.values.chunks_exact_mut(columns).skip(first / part.width);
                for (row, values) in rows.zip(values.chunks_exact(part.width)) {
                    row[part.first..part.first + part.width].copy_from_slice(values);
                }
            }
        }
        self.arrived += values.len();
        if self.arrived == rows * columns {
            self.tensor = Some(host::tensor(std::mem::take(&mut self.values), self.shape, device));
        }
    }

    /// The parameter; empty if a value has not arrived.
    pub fn into_tensor(self, device: &Device) -> Tensor<2> {
        self.tensor.unwrap_or_else(|| Tensor::empty([0, 0], device))
    }
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
