//! The two files of an adapter.

use std::path::PathBuf;

use serde_json::Value;

use crate::LmError;
use crate::checkpoint::tensors::Tensors;
use crate::folder::Folder;

/// File of the description.
pub(super) const CONFIG: &str = "adapter_config.json";

/// File of the tensors.
pub(super) const TENSORS: &str = "adapter_model.safetensors";

/// Where tensors were before they were safetensors.
const PICKLED: &str = "adapter_model.bin";

/// Where the description is, and what it says.
pub(super) fn config(folder: &Folder) -> Result<(PathBuf, Value), LmError> {
    let path = folder.path(CONFIG);
    let bytes = folder.read(CONFIG)?.ok_or_else(|| missing(folder, CONFIG))?;
    match serde_json::from_slice(&bytes) {
        Ok(value) => Ok((path, value)),
        Err(source) => Err(LmError::Json { path, source }),
    }
}

/// Opens the tensors.
pub(super) fn tensors(folder: &Folder) -> Result<Tensors, LmError> {
    if let Some(file) = folder.source(TENSORS)? {
        return Tensors::of_file(file);
    }
    if folder.source(PICKLED)?.is_some() {
        return Err(LmError::Unsupported {
            path: folder.path(PICKLED),
            what: "a pickled adapter".to_owned(),
            supported: "adapter_model.safetensors, which `PeftModel.save_pretrained` writes",
        });
    }
    Err(missing(folder, TENSORS))
}

fn missing(folder: &Folder, file: &str) -> LmError {
    LmError::Config {
        path: folder.dir().to_path_buf(),
        message: format!("no {file}: an adapter is a folder of {CONFIG} and {TENSORS}, as PEFT saves it"),
    }
}
