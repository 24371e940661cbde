//! From weights to a checkpoint that `transformers` and vLLM load.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use burn::tensor::Tensor;
use safetensors::{Dtype, View, tensor::serialize_to_file};

use super::load::transposed;
use super::names::{Entry, Form, entries};
use crate::LmError;
use crate::config::Config;
use crate::model::Weights;
use crate::ops::host;

/// Columns of a tensor as a tensor of a file: brought to the host only while it is written.
struct Slice<'a> {
    tensor: &'a Tensor<2>,
    first: usize,
    width: usize,
    form: Form,
    shape: Vec<usize>,
}

impl View for Slice<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let [_, columns] = self.tensor.dims();
        let mut values = host::values(&self.tensor.clone().narrow(1, self.first, self.width));
        if self.form == Form::Linear {
            values = transposed(&values, self.width);
        }
        debug_assert!(self.first + self.width <= columns);
        Cow::Owned(values.into_iter().flat_map(f32::to_le_bytes).collect())
    }

    fn data_len(&self) -> usize {
        self.shape.iter().product::<usize>() * size_of::<f32>()
    }
}

/// Writes `model.safetensors` in f32, with the names and shapes of Hugging Face.
pub(crate) fn save_weights(config: &Config, weights: &Weights, path: &Path) -> Result<(), LmError> {
    let entries = entries(config);
    let mut tensors = Vec::new();
    for (entry, tensor) in entries.iter().zip(weights.tensors()) {
        tensors.extend(slices(entry, tensor));
    }
    write(tensors, format_of_torch(), path)
}

fn slices<'a>(entry: &'a Entry, tensor: &'a Tensor<2>) -> impl Iterator<Item = (String, Slice<'a>)> {
    entry.parts.iter().scan(0, move |next, part| {
        let first = *next;
        *next += part.width;
        let shape = entry.shape(part);
        Some((
            part.name.clone(),
            Slice {
                tensor,
                first,
                width: part.width,
                form: entry.form,
                shape,
            },
        ))
    })
}

/// Writes named tensors as they are, with metadata.
pub(crate) fn save_tensors(
    tensors: Vec<(String, &Tensor<2>)>,
    metadata: HashMap<String, String>,
    path: &Path,
) -> Result<(), LmError> {
    write(whole(tensors, Form::Table), metadata, path)
}

/// Writes named matrices as `[out, in]`, for Hugging Face libraries to read.
pub(crate) fn save_linear(tensors: Vec<(String, &Tensor<2>)>, path: &Path) -> Result<(), LmError> {
    write(whole(tensors, Form::Linear), format_of_torch(), path)
}

fn whole<'a>(tensors: Vec<(String, &'a Tensor<2>)>, form: Form) -> Vec<(String, Slice<'a>)> {
    let slice = |(name, tensor): (String, &'a Tensor<2>)| {
        let [rows, width] = tensor.dims();
        let shape = match form {
            Form::Linear => vec![width, rows],
            Form::Table | Form::Vector => vec![rows, width],
        };
        let slice = Slice {
            tensor,
            first: 0,
            width,
            form,
            shape,
        };
        (name, slice)
    };
    tensors.into_iter().map(slice).collect()
}

/// Hugging Face libraries refuse files without this key.
fn format_of_torch() -> HashMap<String, String> {
    HashMap::from([("format".to_owned(), "pt".to_owned())])
}

fn write(tensors: Vec<(String, Slice<'_>)>, metadata: HashMap<String, String>, path: &Path) -> Result<(), LmError> {
    serialize_to_file(tensors, Some(metadata), path).map_err(|error| match error {
        safetensors::SafeTensorError::IoError(source) => LmError::Io {
            action: "write",
            path: path.to_path_buf(),
            source,
        },
        other => LmError::Checkpoint {
            path: path.to_path_buf(),
            message: other.to_string(),
        },
    })?;
    readable_by_all(path)
}

/// The library writes a private temporary file first; a model is as readable as the files beside it.
#[cfg(unix)]
fn readable_by_all(path: &Path) -> Result<(), LmError> {
    use std::os::unix::fs::PermissionsExt;
    let permissions = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(path, permissions).map_err(LmError::io("change permissions of", path))
}

#[cfg(not(unix))]
fn readable_by_all(_path: &Path) -> Result<(), LmError> {
    Ok(())
}
