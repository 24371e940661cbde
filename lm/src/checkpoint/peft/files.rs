//! The two files of an adapter.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::LmError;
use crate::checkpoint::reader::Reader;

const CONFIG: &str = "adapter_config.json";
const TENSORS: &str = "adapter_model.safetensors";

/// Where the description of the adapter in `dir` is.
pub(super) fn config_path(dir: &Path) -> PathBuf {
    dir.join(CONFIG)
}

/// Where the tensors of the adapter in `dir` are.
pub(super) fn tensors_path(dir: &Path) -> PathBuf {
    dir.join(TENSORS)
}

/// Reads the description.
pub(super) fn config(dir: &Path) -> Result<Value, LmError> {
    let path = config_path(dir);
    if !path.is_file() {
        return Err(missing(dir, CONFIG));
    }
    let text = std::fs::read(&path).map_err(LmError::io("read", &path))?;
    serde_json::from_slice(&text).map_err(|source| LmError::Json { path, source })
}

/// Opens the tensors.
pub(super) fn tensors(dir: &Path) -> Result<Reader, LmError> {
    let path = tensors_path(dir);
    if path.is_file() {
        return Reader::open_file(&path);
    }
    if dir.join("adapter_model.bin").is_file() {
        return Err(LmError::Unsupported {
            path: dir.join("adapter_model.bin"),
            what: "a pickled adapter".to_owned(),
            supported: "adapter_model.safetensors, which `PeftModel.save_pretrained` writes",
        });
    }
    Err(missing(dir, TENSORS))
}

fn missing(dir: &Path, file: &str) -> LmError {
    LmError::Config {
        path: dir.to_path_buf(),
        message: format!("no {file}: an adapter is a folder of {CONFIG} and {TENSORS}, as PEFT saves it"),
    }
}
