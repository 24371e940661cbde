//! Merging any LoRA adapter of PEFT into a model.

use std::ops::Range;

use burn::tensor::Tensor;

use super::description::Description;
use super::files;
use super::plan::{Change, NewValues, PairNames, plan};
use super::tensors::Tensors;
use crate::LmError;
use crate::checkpoint::slot::transposed;
use crate::config::Config;
use crate::device::{Device, Path};
use crate::folder::Folder;
use crate::model::Weights;
use crate::model::pairs::add_columns;
use crate::model::params::{Form, Param, Part, params};
use crate::ops::host;

/// The configuration and the weights of a model with the adapter in `folder` merged into them.
///
/// # Errors
/// A file that is missing or damaged, an adapter of another kind, a tensor of the wrong shape, missing or left over, a
/// value that is not finite.
pub(crate) fn merge(
    folder: &Folder,
    config: &Config,
    weights: &Weights,
    device: &Device,
) -> Result<(Config, Weights), LmError> {
    let (path, value) = files::config(folder)?;
    let description = Description::new(path, value)?;
    let mut tensors = Tensors::new(files::tensors(folder)?);
    let mut plan = plan(config, &description, &mut tensors)?;
    tensors.read()?;
    let mut merged = weights.clone();
    let merger = Merger {
        tensors: &tensors,
        path: device.path(),
    };
    let untied = config.tied && !plan.config.tied;
    let described = params(&plan.config, None);
    if untied {
        let shared = plan.changes[0][0].take_shared();
        merger.change(&described.embed, &[shared], &mut merged.embed)?;
        merged.head = Some(transpose(&merged.embed));
    }
    for ((param, changes), weight) in described.iter().zip(&plan.changes).zip(merged.iter_mut()) {
        merger.change(param, changes, weight)?;
    }
    // Both may have been saved although they are tied.
    if untied
        && merged
            .head
            .as_ref()
            .is_some_and(|head| same(head, &transpose(&merged.embed)))
    {
        merged.head = None;
        plan.config.set_tied(true);
    }
    Ok((plan.config, merged))
}

/// The table as a head, or the other way round.
fn transpose(table: &Tensor<2>) -> Tensor<2> {
    let [rows, columns] = table.dims();
    host::tensor(
        transposed(&host::values(table), columns),
        [columns, rows],
        &table.device(),
    )
}

fn same(one: &Tensor<2>, other: &Tensor<2>) -> bool {
    host::read(one, |one| host::read(other, |other| one == other))
}

/// Applies changes to weights.
struct Merger<'a> {
    tensors: &'a Tensors,
    path: Path,
}

impl Merger<'_> {
    /// Applies the changes of a parameter's parts.
    fn change(&self, param: &Param, changes: &[Change], weight: &mut Tensor<2>) -> Result<(), LmError> {
        let mut first = 0;
        for (part, change) in param.parts.iter().zip(changes) {
            let columns = first..first + part.width;
            first = columns.end;
            let Some(tensor) = change.tensor() else { continue };
            self.change_part(param, part, change, columns, weight);
            if !host::read(weight, |values| values.iter().all(|value| value.is_finite())) {
                let problem =
                    "makes values that are not finite when it is merged: its values or lora_alpha are too large";
                return Err(self.tensors.problem(tensor, problem));
            }
        }
        Ok(())
    }

    fn change_part(&self, param: &Param, part: &Part, change: &Change, columns: Range<usize>, weight: &mut Tensor<2>) {
        if let Some(NewValues { tensor, .. }) = &change.values {
            self.replace(param, self.tensors.values(tensor), columns.clone(), weight);
        }
        if let Some((rows, tensor)) = &change.rows {
            set(
                weight,
                rows.iter().copied(),
                columns.clone(),
                self.tensors.values(tensor),
            );
        }
        if let Some(pair) = &change.pair {
            self.pair(param, part, pair, columns.clone(), weight);
        }
        if let Some((tensor, factor)) = &change.added {
            let bias = self.tensors.values(tensor).to_vec();
            let bias = host::tensor(bias, [1, part.width], &weight.device());
            host::replace(weight, |weight| {
                add_columns(weight, columns.start, bias, *factor, self.path)
            });
        }
    }

    /// Puts new values, as a file has them, into columns.
    fn replace(&self, param: &Param, values: &[f32], columns: Range<usize>, weight: &mut Tensor<2>) {
        let height = param.rows;
        let values = match param.form {
            Form::Linear => &transposed(values, height),
            Form::Table | Form::Vector => values,
        };
        // A vocabulary that was extended has another table, not other rows of the old one.
        if weight.dims() == param.shape() {
            set(weight, 0..height, columns, values);
        } else {
            *weight = host::tensor(values.to_vec(), param.shape(), &weight.device());
        }
    }

    /// Adds a pair's product to columns, and scales these as DoRA does.
    fn pair(&self, param: &Param, part: &Part, pair: &PairNames, columns: Range<usize>, weight: &mut Tensor<2>) {
        let (rank, device) = (pair.rank, weight.device());
        let factor = |name: &str, [rows, columns]: [usize; 2]| -> Tensor<2> {
            let values = transposed(self.tensors.values(name), rows);
            host::tensor(values, [rows, columns], &device)
        };
        let product = factor(&pair.a, [param.rows, rank]).matmul(factor(&pair.b, [rank, part.width]));
        host::replace(weight, |weight| {
            add_columns(weight, columns.start, product, pair.factor, self.path)
        });
        if let Some(name) = &pair.magnitude {
            let magnitude = self.tensors.values(name);
            host::write(weight, |values| rescale(values, param.columns(), columns, magnitude));
        }
    }
}

/// Puts `values` `[rows, columns]` into these rows and columns.
fn set(weight: &mut Tensor<2>, rows: impl Iterator<Item = usize>, columns: Range<usize>, values: &[f32]) {
    let [_, width] = weight.dims();
    host::write(weight, |weight| {
        for (row, values) in rows.zip(values.chunks_exact(columns.len())) {
            weight[row * width..][columns.clone()].copy_from_slice(values);
        }
    });
}

/// Gives each of these columns of a matrix of `width` columns the length that `magnitude` has for it (DoRA, Liu et al.
/// 2024, arXiv:2402.09353, equation 5).
fn rescale(values: &mut [f32], width: usize, columns: Range<usize>, magnitude: &[f32]) {
    let mut squares = vec![0.0; magnitude.len()];
    for row in values.chunks_exact(width) {
        for (square, value) in squares.iter_mut().zip(&row[columns.clone()]) {
            *square += f64::from(*value).powi(2);
        }
    }
    let lengths = squares.iter().map(|square: &f64| square.sqrt());
    let factors: Vec<f32> = magnitude
        .iter()
        .zip(lengths)
        .map(|(m, length)| (f64::from(*m) / length) as f32)
        .collect();
    for row in values.chunks_exact_mut(width) {
        for (value, factor) in row[columns.clone()].iter_mut().zip(&factors) {
            *value *= factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_get_the_length_that_is_asked_for() {
        let mut values = [9.0, 3.0, 1.0, 9.0, 4.0, 0.0];
        rescale(&mut values, 3, 1..3, &[10.0, 2.0]);
        assert_eq!(values, [9.0, 6.0, 2.0, 9.0, 8.0, 0.0]);
    }
}
