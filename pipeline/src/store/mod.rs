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
//!       /runs/<name>/… the human-readable view: links, recreated when lost
//! ```
//! The `v1` in the path changes with the meaning of what is below, so that programs of different age can share `root`;
//! a root that only a newer program has written to is refused, since everything would be computed again beside it.

pub(crate) mod commit;
mod files;
mod layout;
mod listing;
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
use files::read_json;
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
        let store = Self {
            objects: ObjectStore::open(&base)?,
            root: root.to_owned(),
            base,
        };
        for folder in store.folders() {
            create_dir(&folder)?;
        }
        if is_new {
            version::note(&store.base)?;
        }
        Ok(store)
    }

    /// Whether there is a store under `root`, be it a newer program's.
    pub fn is_in(root: &Path) -> bool {
        version::any_in(root)
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
}
