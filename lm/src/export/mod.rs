//! A model folder as one for others: weights in the precision and in files of the size that they want.
//!
//! Weights pass through in pieces, so that memory does not grow with the model. They are not interpreted: tensors keep
//! their names and shapes.

mod precision;
mod shards;

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::LmError;
use crate::checkpoint::Tensors;
use crate::config::Config;
use crate::folder::{CONFIG, Folder, GENERATION, ModelFiles};
use crate::tokenizer::Tokenizer;
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
/// for larger tensors; `config.json` in the words of `transformers` 4 and 5; `generation_config.json` with every token
/// that ends a response here; tokenizer and chat template byte for byte.
///
/// # Errors
/// A model that [`crate::Policy::load`] refuses; [`LmError::OutOfRange`] for a weight that `dtype` does not have; a file
/// that cannot be written.
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
    write(GENERATION, &generation(&files, &tokenizer)?)?;
    for (name, bytes) in files.into_companions() {
        if name != GENERATION {
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

/// `generation_config.json`: that of the folder, or one of its own, with all tokens that end a response. Other programs
/// look for them there alone.
fn generation(files: &ModelFiles, tokenizer: &Tokenizer) -> Result<Vec<u8>, LmError> {
    let mut found: Map<String, Value> = files.json(GENERATION)?;
    let ends = match tokenizer.eos_ids() {
        [] => None,
        [one] => Some(json!(one)),
        several => Some(json!(several)),
    };
    let known = found.get("eos_token_id");
    let complete = match (&ends, known) {
        (None, _) => true,
        (Some(ends), Some(known)) => known == ends || *known == json!([ends]),
        (Some(_), None) => false,
    };
    if let (true, Some(bytes)) = (complete, files.get(GENERATION)) {
        return Ok(bytes.to_vec());
    }
    if let Some(bos) = tokenizer.bos_id() {
        found.entry("bos_token_id").or_insert(json!(bos));
    }
    found.extend(ends.map(|ends| ("eos_token_id".to_owned(), ends)));
    Ok(pretty(&Value::Object(found)))
}

/// JSON over several lines, as Hugging Face libraries write it.
fn pretty(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}

#[cfg(test)]
mod tests;
