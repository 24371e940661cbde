//! From weights to a checkpoint that `transformers` and vLLM load.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use burn::tensor::{DType, Tensor};
use half::bf16;
use safetensors::{Dtype, View, tensor::serialize_to_file};

use super::slot::transposed;
use super::tensors::all_within;
use crate::LmError;
use crate::model::params::{Form, Param};
use crate::ops::host;

/// Columns of a tensor as a tensor of a file, copied to the host only while they are written.
struct Slice<'a> {
    tensor: &'a Tensor<2>,
    first: usize,
    width: usize,
    form: Form,
    shape: Vec<usize>,
}

impl Slice<'_> {
    /// Whether no value of the tensor that it is cut from is NaN or infinite, or if so, none of its own.
    fn is_finite(&self) -> bool {
        // The whole tensor lies in one piece, the columns of a part do not.
        let is_finite = |tensor: Tensor<2>| host::read(&tensor.cast(DType::F32), |values| all_within(values, f32::MAX));
        is_finite(self.tensor.clone()) || is_finite(self.part())
    }

    fn part(&self) -> Tensor<2> {
        self.tensor.clone().narrow(1, self.first, self.width)
    }
}

impl View for Slice<'_> {
    fn dtype(&self) -> Dtype {
        match self.tensor.dtype() {
            DType::BF16 => Dtype::BF16,
            _ => Dtype::F32,
        }
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let [_, columns] = self.tensor.dims();
        let mut values = host::values(&self.part().cast(DType::F32));
        // Cut first and then transposed: the columns of a part are the rows of its tensor.
        if self.form == Form::Linear {
            values = transposed(&values, self.width);
        }
        debug_assert!(self.first + self.width <= columns);
        Cow::Owned(match self.dtype() {
            Dtype::BF16 => values
                .into_iter()
                .flat_map(|x| bf16::from_f32(x).to_le_bytes())
                .collect(),
            _ => values.into_iter().flat_map(f32::to_le_bytes).collect(),
        })
    }

    fn data_len(&self) -> usize {
        self.shape.iter().product::<usize>() * self.dtype().bitsize() / 8
    }
}

/// Writes parameters to a file that Hugging Face libraries read, with their names and shapes there.
pub(crate) fn save_params<'a>(
    params: impl IntoIterator<Item = (&'a Param, &'a Tensor<2>)>,
    path: &Path,
) -> Result<(), LmError> {
    let tensors = params.into_iter().flat_map(|(param, tensor)| slices(param, tensor));
    write(tensors.collect(), format_of_torch(), path)
}

/// The tensors that a parameter is in a file.
fn slices<'a>(param: &'a Param, tensor: &'a Tensor<2>) -> impl Iterator<Item = (String, Slice<'a>)> {
    param.parts.iter().scan(0, move |next, part| {
        let first = *next;
        *next += part.width;
        let slice = Slice {
            tensor,
            first,
            width: part.width,
            form: param.form,
            shape: param.file_shape(part),
        };
        Some((part.name(), slice))
    })
}

/// Writes named tensors as they are in memory, with metadata.
pub(crate) fn save_tensors(
    tensors: Vec<(String, &Tensor<2>)>,
    metadata: HashMap<String, String>,
    path: &Path,
) -> Result<(), LmError> {
    let whole = |(name, tensor): (String, _)| {
        let [rows, width] = Tensor::dims(tensor);
        let slice = Slice {
            tensor,
            first: 0,
            width,
            form: Form::Table,
            shape: vec![rows, width],
        };
        (name, slice)
    };
    write(tensors.into_iter().map(whole).collect(), metadata, path)
}

/// Hugging Face libraries refuse files without this key.
fn format_of_torch() -> HashMap<String, String> {
    HashMap::from([("format".to_owned(), "pt".to_owned())])
}

/// Nothing is written if a value is NaN or infinite: whatever is computed from it would be worth nothing.
fn write(tensors: Vec<(String, Slice<'_>)>, metadata: HashMap<String, String>, path: &Path) -> Result<(), LmError> {
    if let Some((tensor, _)) = tensors.iter().find(|(_, slice)| !slice.is_finite()) {
        return Err(LmError::NotSaved {
            path: path.to_path_buf(),
            tensor: tensor.clone(),
        });
    }
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

/// The library writes a private temporary file first, but a model must be as readable as the files next to it.
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
