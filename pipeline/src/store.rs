//! The store of a project: objects, manifests, work in progress.
//!
//! ```text
//! <root>/v1/format.json                 version of the store, written when it is made; absent: 1
//!          /objects, trees, quarantine   see the object store
//!          /nodes/<key>.json             manifests: the node is complete
//!          /work/<key>/                  parts, checkpoints and scratch of a node in progress
//!          /runs/<name>.json             which nodes belong to a run: the roots that nothing may delete under
//!          /pins/<name>.json             the same, kept whatever becomes of the run
//!          /locks/<key>                  held by the process that runs the node
//!          /live/                        which processes run what
//!       /runs/<name>/…                   the view for people: links, made anew when lost
//! ```
//! The `v1` in the path changes with the meaning of what is below, so that programs of different age can share `root`;
//! a root that only a newer program has written to is refused, since everything would be computed again beside it.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serl_artifacts::atomic::{create_dir, write_atomic};
use serl_artifacts::{ArtifactError, ObjectStore, fs};

use crate::PipelineError;
use crate::key::NodeKey;
use crate::manifest::Manifest;
use crate::record::RunRecord;

/// Version of the store that this program reads and writes.
const VERSION: u32 = 1;

/// Name of the file that tells the version.
const FORMAT: &str = "format.json";

#[derive(Serialize, Deserialize)]
struct Format {
    version: u32,
}

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
    /// The folders cannot be made, or a newer program made the store.
    pub fn open(root: &Path) -> Result<Self, PipelineError> {
        let base = root.join(format!("v{VERSION}"));
        let is_new = !base.is_dir();
        refuse_newer(root, &base, is_new)?;
        for name in ["nodes", "work", "runs", "pins", "locks", "live"] {
            create_dir(&base.join(name))?;
        }
        let objects = ObjectStore::open(&base)?;
        if is_new {
            let format = Format { version: VERSION };
            write_json(&base.join(FORMAT), "store format", &format)?;
        }
        let root = root.to_owned();
        Ok(Self { root, base, objects })
    }

    /// The folder that the store was opened at.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of this version of the store.
    pub(crate) fn base(&self) -> &Path {
        &self.base
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
        let path = self.manifest_path(key);
        let manifest: Option<Manifest> = read_json(&path, "manifest")?;
        match manifest {
            Some(found) if found.key != *key || found.material.key() != *key => Err(PipelineError::Json {
                path,
                what: "manifest",
                reason: "it is another node's, or was changed".to_owned(),
            }),
            manifest => Ok(manifest),
        }
    }

    /// Keys of all nodes that have a manifest, readable or not.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn manifest_keys(&self) -> Result<Vec<NodeKey>, PipelineError> {
        let stems = stems(&self.base.join("nodes"))?;
        Ok(stems.iter().filter_map(|stem| stem.parse().ok()).collect())
    }

    /// Names of all runs that have a record, readable or not.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn run_names(&self) -> Result<Vec<String>, PipelineError> {
        stems(&self.base.join("runs"))
    }

    /// Names of all pins.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn pin_names(&self) -> Result<Vec<String>, PipelineError> {
        stems(&self.base.join("pins"))
    }

    /// What a run consisted of when it was pinned, none if it is not.
    ///
    /// # Errors
    /// There is a pin but it cannot be read.
    pub fn pin(&self, name: &str) -> Result<Option<RunRecord>, PipelineError> {
        check_name(name, "a run")?;
        read_json(&self.pin_path(name), "pin")
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

    pub(crate) fn records_folder(&self) -> PathBuf {
        self.base.join("runs")
    }

    pub(crate) fn manifest_path(&self, key: &NodeKey) -> PathBuf {
        self.base.join("nodes").join(format!("{key}.json"))
    }

    pub(crate) fn record_path(&self, name: &str) -> PathBuf {
        self.base.join("runs").join(format!("{name}.json"))
    }

    pub(crate) fn pin_path(&self, name: &str) -> PathBuf {
        self.base.join("pins").join(format!("{name}.json"))
    }

    pub(crate) fn live_path(&self) -> PathBuf {
        self.base.join("live")
    }

    pub(crate) fn work_path(&self, key: &NodeKey) -> PathBuf {
        self.base.join("work").join(key.to_string())
    }

    pub(crate) fn lock_path(&self, key: &NodeKey) -> PathBuf {
        self.base.join("locks").join(key.to_string())
    }
}

/// Refuses a store that a newer program has made: one without our folder but with a later one, or whose own file says
/// so.
fn refuse_newer(root: &Path, base: &Path, is_new: bool) -> Result<(), PipelineError> {
    let newer = |path: PathBuf, version: u32| PipelineError::NewerStore {
        path,
        version,
        known: VERSION,
    };
    if !is_new {
        let path = base.join(FORMAT);
        // One that cannot be read was damaged: whoever comes later keeps to this form.
        let format: Option<Format> = read_json(&path, "store format").unwrap_or_default();
        return match format {
            Some(Format { version }) if version > VERSION => Err(newer(path, version)),
            _ => Ok(()),
        };
    }
    let version = |path: &PathBuf| -> Option<u32> {
        let name = path.file_name()?.to_str()?;
        name.strip_prefix('v')?.parse().ok()
    };
    let later = entries(root)?.into_iter().find_map(|path| {
        let version = version(&path).filter(|v| *v > VERSION && path.is_dir())?;
        Some((path, version))
    });
    later.map_or(Ok(()), |(path, version)| Err(newer(path, version)))
}

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

/// Names of the JSON files in `dir`, without the ending; temporaries are none.
fn stems(dir: &Path) -> Result<Vec<String>, PipelineError> {
    let stem = |path: PathBuf| {
        let name = path.file_name()?.to_str()?;
        let stem = name.strip_suffix(".json")?;
        (!stem.starts_with('.')).then(|| stem.to_owned())
    };
    Ok(entries(dir)?.into_iter().filter_map(stem).collect())
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
pub(crate) fn write_json(path: &Path, what: &'static str, value: &impl Serialize) -> Result<(), PipelineError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|e| PipelineError::Json {
        path: path.to_owned(),
        what,
        reason: e.to_string(),
    })?;
    bytes.push(b'\n');
    Ok(write_atomic(path, &bytes)?)
}

pub(crate) fn read_json<T: DeserializeOwned>(path: &Path, what: &'static str) -> Result<Option<T>, PipelineError> {
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
