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

pub(crate) mod commit;
mod files;
pub(crate) mod live;
pub(crate) mod lock;
mod manifest;
mod name;
mod record;
mod version;
pub(crate) mod view;

use std::path::{Path, PathBuf};

use serl_artifacts::ObjectStore;
use serl_artifacts::atomic::create_dir;

use crate::error::PipelineError;
use crate::graph::NodeKey;
use files::{read_json, stems};

pub(crate) use files::{entries, remove_if_there, write_json};
pub use live::{Live, live};
pub use manifest::{Manifest, Output};
pub(crate) use name::check_name;
pub use record::{Begun, Progress, RunRecord};

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
        let base = version::folder(root);
        let is_new = !base.is_dir();
        version::refuse_newer(root, &base, is_new)?;
        for name in ["nodes", "work", "runs", "pins", "locks", "live"] {
            create_dir(&base.join(name))?;
        }
        let objects = ObjectStore::open(&base)?;
        if is_new {
            version::note(&base)?;
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
