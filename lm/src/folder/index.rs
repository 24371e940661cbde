//! `model.safetensors.index.json`: which file holds which tensor.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use serde::Deserialize;

use crate::LmError;

/// The file of each tensor, by the tensor's name.
#[derive(Debug, Deserialize)]
pub(crate) struct Index {
    pub weight_map: BTreeMap<String, String>,
}

impl Index {
    /// Reads the `bytes` of an index; `path` names it in errors.
    ///
    /// # Errors
    /// It is no index, names no tensor, or names a file outside the folder.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, LmError> {
        let index: Self = serde_json::from_slice(bytes).map_err(|source| LmError::Json {
            path: path.to_path_buf(),
            source,
        })?;
        let problem = |message| LmError::Checkpoint {
            path: path.to_path_buf(),
            message,
        };
        if index.weight_map.is_empty() {
            return Err(problem("`weight_map` names no tensor".to_owned()));
        }
        match index.weight_map.iter().find(|(_, file)| !stays_inside(file)) {
            None => Ok(index),
            Some((tensor, file)) => Err(problem(format!(
                "tensor `{tensor}` is said to be in `{file}`, which leads out of the folder: give a file in it"
            ))),
        }
    }

    /// The files that it names, each once, in the order of their names.
    pub fn files(&self) -> Vec<String> {
        let mut files: Vec<String> = self.weight_map.values().cloned().collect();
        files.sort_unstable();
        files.dedup();
        files
    }
}

/// Whether a name is one below the folder. Links there may lead anywhere: caches of downloaded models consist of them.
pub(crate) fn stays_inside(name: &str) -> bool {
    let normal = |component| matches!(component, Component::Normal(_));
    !name.is_empty() && Path::new(name).components().all(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Index, LmError> {
        Index::parse(Path::new("index.json"), json.as_bytes())
    }

    #[test]
    fn files_are_named_once_whatever_their_names() {
        let index = parse(r#"{"weight_map": {"a": "w/1.bin", "b": "model.safetensors", "c": "w/1.bin"}}"#).unwrap();
        assert_eq!(index.files(), ["model.safetensors", "w/1.bin"]);
    }

    #[test]
    fn names_that_leave_the_folder_are_refused() {
        for name in ["../w", "a/../../w", "/w", "", ".", "./w/.."] {
            let error = parse(&format!(r#"{{"weight_map": {{"a": "{name}"}}}}"#)).unwrap_err();
            assert!(
                error.is_user_error() && error.to_string().contains("out of the folder"),
                "{error}"
            );
        }
        for wrong in ["{}", "[]", r#"{"weight_map": {}}"#, r#"{"weight_map": {"a": 1}}"#] {
            assert!(parse(wrong).unwrap_err().is_user_error(), "{wrong}");
        }
    }
}
