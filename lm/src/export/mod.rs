//! A model folder as one for others: weights in the precision and in files of the size that they want.
//!
//! Weights pass through in pieces, so that memory does not grow with the model. They are not interpreted: tensors keep
//! their names and shapes.

mod json;
mod precision;
mod shards;
mod words;

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::LmError;
use crate::checkpoint::Tensors;
use crate::config::Config;
use crate::folder::{CONFIG, Folder, GENERATION, ModelFiles, TOKENIZER_CONFIG};
use crate::tokenizer::Tokenizer;
use json::pretty;
pub use precision::SaveDtype;
use shards::{Plan, Planned, Writer};

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Names of all files, those of weights first.
    pub files: Vec<String>,
    /// Number of weights.
    pub parameters: usize,
}

/// Writes the model in `folder` to the existing folder `out`: weights as `dtype`, in files of at most `shard_bytes` but
/// for larger tensors; `config.json` and `tokenizer_config.json` in the words of `transformers` 4 and 5;
/// `generation_config.json` with every token that ends a response here; tokenizer and chat template byte for byte.
///
/// # Errors
/// A model that [`crate::Policy::load`] refuses; [`LmError::OutOfRange`] for a weight that `dtype` does not have; a
/// file that cannot be written.
pub fn export(folder: impl Into<Folder>, out: &Path, dtype: SaveDtype, shard_bytes: u64) -> Result<Exported, LmError> {
    let files = ModelFiles::read(folder)?;
    let config = Config::of(&files)?;
    let tokenizer = Tokenizer::of(&files)?;
    let tensors = Tensors::of_model(files.weights()?)?;
    let plan = plan(&tensors, dtype, shard_bytes)?;
    let mut writer = Writer::new(&plan, out);
    tensors.stream(|name, values| writer.write(name, values))?;

    let mut written: Vec<String> = plan.names().map(str::to_owned).collect();
    let mut write = |name: &str, bytes: &[u8]| {
        written.push(name.to_owned());
        let path = out.join(name);
        fs::write(&path, bytes).map_err(LmError::io("write", &path))
    };
    if let Some((name, index)) = plan.index() {
        write(name, &pretty(&index))?;
    }
    write(CONFIG, &pretty(&Value::Object(config.exported(dtype))))?;
    write(GENERATION, &words::generation(&files, &tokenizer)?)?;
    write(TOKENIZER_CONFIG, &words::tokenizer(&files)?)?;
    for (name, bytes) in files.into_companions() {
        if ![GENERATION, TOKENIZER_CONFIG].contains(&name) {
            write(name, &bytes)?;
        }
    }
    Ok(Exported {
        files: written,
        parameters: plan.elements(),
    })
}

/// The tensors in the order in which they are read.
fn plan(tensors: &Tensors, dtype: SaveDtype, shard_bytes: u64) -> Result<Plan, LmError> {
    let planned = tensors.in_order().into_iter().map(|name| Planned {
        shape: tensors.shape(&name).unwrap_or_default().to_vec(),
        name,
    });
    let planned: Vec<Planned> = planned.collect();
    if planned.is_empty() {
        return Err(LmError::Checkpoint {
            path: tensors.path().to_path_buf(),
            message: "it has no tensors".to_owned(),
        });
    }
    Ok(Plan::new(planned, dtype, shard_bytes))
}

#[cfg(test)]
mod tests;
