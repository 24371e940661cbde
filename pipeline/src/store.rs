//! The store of a project: objects, manifests, work in progress.
//!
//! ```text
//! <root>/v1/objects, trees, quarantine   see the object store
//!          /nodes/<key>.json             manifests: the node is complete
//!          /work/<key>/                  parts, checkpoints and scratch of a node in progress
//!          /runs/<name>.json             which nodes belong to a run: the roots that nothing may delete under
//!          /locks/<key>                  held by the process that runs the node
//!       /runs/<name>/…                   the view for people: links, made anew when lost
//! ```
//! The `v1` in the path changes with the meaning of what is below, so that programs of different age can share `root`.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serl_artifacts::atomic::{create_dir, write_atomic};
use serl_artifacts::{ArtifactError, ObjectStore};

use crate::PipelineError;
use crate::key::NodeKey;
use crate::manifest::Manifest;
use crate::record::RunRecord;

/// An open store.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    base: PathBuf,
    objects: ObjectStore,
}

impl Store {
    /// Opens the store under `root`, making its folders if they are not there.
    ///
    /// # Errors
    /// The folders cannot be made.
    pub fn open(root: &Path) -> Result<Self, PipelineError> {
        let base = root.join("v1");
        for name in ["nodes", "work", "runs", "locks"] {
            create_dir(&base.join(name))?;
        }
        Ok(Self {
            root: root.to_owned(),
            objects: ObjectStore::open(&base)?,
            base,
        })
    }

    /// The objects.
    pub fn objects(&self) -> &ObjectStore {
        &self.objects
    }

    /// The manifest of a complete node, none if the node never completed.
    ///
    /// # Errors
    /// There is a manifest, but it cannot be read.
    pub fn manifest(&self, key: &NodeKey) -> Result<Option<Manifest>, PipelineError> {
        read_json(&self.manifest_path(key), "manifest")
    }

    /// The record of a run, none if there never was one of that name.
    ///
    /// # Errors
    /// The name cannot be one, or there is a record but it cannot be read.
    pub fn run_record(&self, name: &str) -> Result<Option<RunRecord>, PipelineError> {
        check_name(name, "a run")?;
        read_json(&self.record_path(name), "run record")
    }

    /// The folder with the view of run `name` for people.
    pub fn view_path(&self, name: &str) -> PathBuf {
        self.root.join("runs").join(name)
    }

    pub(crate) fn manifests_folder(&self) -> PathBuf {
        self.base.join("nodes")
    }

    pub(crate) fn records_folder(&self) -> PathBuf {
        self.base.join("runs")
    }

    pub(crate) fn manifest_path(&self, key: &NodeKey) -> PathBuf {
        self.base.join("nodes").join(format!("{key}.json"))
    }

    pub(crate) fn record_path(&self, name: &str) -> PathBuf {
        self.base.join("runs").join(format!("{name}.json"))
    }

    pub(crate) fn work_path(&self, key: &NodeKey) -> PathBuf {
        self.base.join("work").join(key.to_string())
    }

    pub(crate) fn lock_path(&self, key: &NodeKey) -> PathBuf {
        self.base.join("locks").join(key.to_string())
    }
}

/// Refuses names that are no plain file names on some system.
pub(crate) fn check_name(name: &str, what: &'static str) -> Result<(), PipelineError> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty() && name.chars().all(plain) && !name.starts_with('.') {
        Ok(())
    } else {
        Err(PipelineError::Name {
            name: name.to_owned(),
            what,
        })
    }
}

/// Writes `value` as JSON, atomically.
pub(crate) fn write_json(
    path: &Path,
    what: &'static str,
    value: &impl Serialize,
) -> Result<(), PipelineError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|e| PipelineError::Json {
        path: path.to_owned(),
        what,
        reason: e.to_string(),
    })?;
    bytes.push(b'\n');
    Ok(write_atomic(path, &bytes)?)
}

fn read_json<T: DeserializeOwned>(
    path: &Path,
    what: &'static str,
) -> Result<Option<T>, PipelineError> {
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
