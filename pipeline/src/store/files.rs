//! Listing, removing, reading and writing files of the store.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serl_artifacts::atomic::write_atomic;
use serl_artifacts::{ArtifactError, fs};

use crate::error::PipelineError;

/// What is in the folder `dir`, sorted; nothing if it is not there.
pub(crate) fn entries(dir: &Path) -> Result<Vec<PathBuf>, PipelineError> {
    let listed = std::fs::read_dir(dir).and_then(|found| {
        found
            .map(|entry| Ok(entry?.path()))
            .collect::<std::io::Result<Vec<_>>>()
    });
    match listed {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        listed => {
            let mut listed = listed.map_err(ArtifactError::io("list", dir))?;
            listed.sort_unstable();
            Ok(listed)
        }
    }
}

/// Removes a file, link or folder; nothing happens if it is not there.
pub(crate) fn remove_if_there(path: &Path) -> Result<(), PipelineError> {
    let is_folder = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir());
    let removed = if is_folder {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => Ok(removed.map_err(ArtifactError::io("remove", path))?),
    }
}

/// Names of the JSON files in `dir`, without the ending; temporaries are left out.
pub(super) fn stems(dir: &Path) -> Result<Vec<String>, PipelineError> {
    let stem = |path: PathBuf| {
        let name = path.file_name()?.to_str()?;
        let stem = name.strip_suffix(".json")?;
        (!stem.starts_with('.')).then(|| stem.to_owned())
    };
    Ok(entries(dir)?.into_iter().filter_map(stem).collect())
}

/// Writes `value` as JSON, atomically.
pub(crate) fn write_json(path: &Path, what: &'static str, value: &impl Serialize) -> Result<(), PipelineError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|e| PipelineError::Json {
        path: path.to_owned(),
        what,
        reason: e.to_string(),
    })?;
    bytes.push(b'\n');
    Ok(write_atomic(path, &bytes)?)
}

/// Reads JSON; none if there is no such file.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path, what: &'static str) -> Result<Option<T>, PipelineError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(ArtifactError::io("read", path)(e).into()),
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|e| PipelineError::Json {
            path: path.to_owned(),
            what,
            reason: e.to_string(),
        })
}
