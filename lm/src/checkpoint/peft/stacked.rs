//! Several adapters, trained one after the other, as one adapter of the model that the first began with.
//!
//! Each was merged before the next one began (ReLoRA, arXiv 2307.05695), so the whole change is the sum of their
//! products: `scale_1 B_1 A_1 + scale_2 B_2 A_2 = [scale_1 B_1, scale_2 B_2] [A_1; A_2]`. Ranks add up.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde_json::{Value, json};

use super::files::{self, CONFIG, TENSORS};
use super::own::written;
use crate::LmError;
use crate::folder::Folder;

/// A matrix by rows.
struct Matrix {
    rows: usize,
    width: usize,
    values: Vec<f32>,
}

/// An adapter that was read.
struct Adapter {
    config: Value,
    rank: usize,
    scale: f32,
    matrices: BTreeMap<String, Matrix>,
}

/// Writes the sum of `adapters`, folders that [`Trainer::save_adapter`](crate::Trainer::save_adapter) wrote, to the
/// folder `to`, which exists. Returns its rank.
///
/// # Errors
/// No adapter, a folder that is none or of other targets than the first, a file that cannot be read or written.
pub fn stacked_adapters(adapters: &[&Path], to: &Path) -> Result<usize, LmError> {
    let read: Vec<Adapter> = adapters
        .iter()
        .map(|folder| Adapter::read(folder))
        .collect::<Result<_, _>>()?;
    let Some(first) = read.first() else {
        return Err(LmError::Invalid("there is no adapter to write".to_owned()));
    };
    for (other, folder) in read.iter().zip(adapters) {
        if !other.matrices.keys().eq(first.matrices.keys()) {
            return Err(LmError::Config {
                path: folder.join(CONFIG),
                message: format!("its targets are not those of {}", adapters[0].display()),
            });
        }
    }
    let rank: usize = read.iter().map(|adapter| adapter.rank).sum();
    let mut config = first.config.clone();
    // A scale of 1: each adapter's own is in its factors.
    (config["r"], config["lora_alpha"]) = (json!(rank), json!(rank));
    write(to, CONFIG, config.to_string().as_bytes())?;
    let stacked = first.matrices.keys().map(|name| (name, stack(name, &read)));
    let bytes: Vec<(&String, [usize; 2], Vec<u8>)> = stacked
        .map(|(name, matrix)| {
            let bytes = matrix.values.iter().flat_map(|value| value.to_le_bytes());
            (name, [matrix.rows, matrix.width], bytes.collect())
        })
        .collect();
    let views = bytes.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F32, shape.to_vec(), bytes);
        view.map(|view| (name.as_str(), view))
    });
    let views: HashMap<&str, TensorView<'_>> = views.collect::<Result<_, _>>().map_err(|error| damaged(to, error))?;
    let file = safetensors::serialize(views, None).map_err(|error| damaged(to, error))?;
    write(to, TENSORS, &file)?;
    Ok(rank)
}

/// The factor `name` of the sum: rows below each other for the first factor of a pair, side by side for the second.
fn stack(name: &str, adapters: &[Adapter]) -> Matrix {
    let parts: Vec<(&Matrix, f32)> = adapters
        .iter()
        .map(|adapter| (&adapter.matrices[name], adapter.scale))
        .collect();
    let (first, _) = parts[0];
    if name.contains(".lora_A.") {
        return Matrix {
            rows: parts.iter().map(|(part, _)| part.rows).sum(),
            width: first.width,
            values: parts.iter().flat_map(|(part, _)| part.values.iter().copied()).collect(),
        };
    }
    let row = |row: usize| {
        parts.iter().flat_map(move |(part, scale)| {
            let values = &part.values[row * part.width..(row + 1) * part.width];
            values.iter().map(move |value| value * scale)
        })
    };
    Matrix {
        rows: first.rows,
        width: parts.iter().map(|(part, _)| part.width).sum(),
        values: (0..first.rows).flat_map(row).collect(),
    }
}

impl Adapter {
    fn read(folder: &Path) -> Result<Self, LmError> {
        let source = Folder::new(folder);
        let lora = written(&source)?;
        let (_, config) = files::config(&source)?;
        let path = folder.join(TENSORS);
        let bytes = fs::read(&path).map_err(LmError::io("read", &path))?;
        let file = SafeTensors::deserialize(&bytes).map_err(|error| damaged(&path, error))?;
        let mut matrices = BTreeMap::new();
        for (name, tensor) in file.tensors() {
            let (Dtype::F32, &[rows, width]) = (tensor.dtype(), tensor.shape()) else {
                let message = format!("tensor `{name}` is no matrix in f32");
                return Err(LmError::Checkpoint { path, message });
            };
            let values = tensor.data().chunks_exact(4);
            let values = values.map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
            let values = values.collect();
            matrices.insert(name, Matrix { rows, width, values });
        }
        Ok(Self {
            config,
            rank: lora.rank,
            scale: (lora.alpha / lora.rank as f64) as f32,
            matrices,
        })
    }
}

fn damaged(path: &Path, error: impl std::fmt::Display) -> LmError {
    LmError::Checkpoint {
        path: path.to_owned(),
        message: error.to_string(),
    }
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), LmError> {
    let path = folder.join(name);
    fs::write(&path, bytes).map_err(LmError::io("write", &path))
}
