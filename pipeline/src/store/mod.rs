//! The store of a project: objects, manifests, work in progress.
//!
//! ```text
//! <root>/v1/format.json                 version of the store, written when it is made
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
mod json;
mod layout;
mod listing;
pub(crate) mod live;
pub(crate) mod lock;
mod manifest;
mod marker;
mod name;
mod process;
mod record;
mod seal;
mod upgrade;
mod version;
pub(crate) mod view;
mod viewed;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serl_artifacts::atomic::create_dir;
use serl_artifacts::temporary::Temporary;
use serl_artifacts::{ArtifactError, ObjectStore};
use serl_remote::Link;

use crate::error::PipelineError;
use crate::graph::NodeKey;
pub(crate) use files::{entries, remove_if_there};
pub(crate) use json::{Unsealed, decode, encode, write_json};
use json::{broken, read_json};
pub use live::{Live, live};
pub(crate) use manifest::MANIFEST;
pub use manifest::{Manifest, Output};
pub(crate) use name::check_name;
use name::is_name;
pub use process::Process;
pub use record::{Begun, Progress, RunRecord};
pub(crate) use record::{PIN, RECORD};
pub use viewed::{Viewed, verify_output};

/// An open store.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    base: PathBuf,
    objects: ObjectStore,
    /// Refused, once all files have checksums.
    unsealed: Unsealed,
    /// Tells other processes that this one runs something; see [`live`].
    live: Option<Arc<Temporary>>,
    /// Where other machines find what is in this store, and this one what is in theirs; see [`crate::remote`].
    remote: Option<Arc<Link>>,
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
        let mut store = Self {
            objects: ObjectStore::at(&base),
            root: root.to_owned(),
            base,
            unsealed: Unsealed::Refused,
            live: None,
            remote: None,
        };
        match store.make_folders() {
            // One that cannot be written to can still be read.
            Err(ArtifactError::Io { source, .. })
                if !is_new
                    && matches!(
                        source.kind(),
                        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied
                    ) => {}
            made => made?,
        }
        if is_new {
            version::note(&store.base)?;
        } else if !version::is_sealed(&store.base) && !store.seal_all()? {
            store.unsealed = Unsealed::Read;
        }
        Ok(store)
    }

    /// The store under `root` as it is: nothing is made, mended or brought up to date. None if there is none.
    pub fn glimpse(root: &Path) -> Option<Self> {
        let base = version::folder(root);
        let unsealed = match version::is_sealed(&base) {
            true => Unsealed::Refused,
            false => Unsealed::Read,
        };
        base.is_dir().then(|| Self {
            objects: ObjectStore::at(&base),
            root: root.to_owned(),
            base,
            unsealed,
            live: None,
            remote: None,
        })
    }

    fn make_folders(&self) -> Result<(), ArtifactError> {
        self.objects.make_folders()?;
        self.folders().iter().try_for_each(|folder| create_dir(folder))
    }

    fn seal_all(&self) -> Result<bool, PipelineError> {
        let folders = upgrade::Folders {
            manifests: self.manifests(),
            records: self.records(),
            pins: self.pins(),
        };
        upgrade::seal_all(&self.base, &self.objects, &folders)
    }

    /// Whether there is a store under `root`, be it a newer program's.
    pub fn is_in(root: &Path) -> bool {
        version::any_in(root)
    }

    /// The objects.
    pub fn objects(&self) -> &ObjectStore {
        &self.objects
    }

    /// Shares what is stored from now on with the machines that have the same remote.
    pub fn share(&mut self, remote: Link) {
        self.remote = Some(Arc::new(remote));
    }

    /// The remote, if the store has one.
    pub fn remote(&self) -> Option<&Arc<Link>> {
        self.remote.as_ref()
    }

    /// The manifest of a complete node, none if the node never completed.
    ///
    /// # Errors
    /// There is a manifest, but it cannot be read, or is not what was written.
    pub fn manifest(&self, key: &NodeKey) -> Result<Option<Manifest>, PipelineError> {
        let path = self.manifest_path(key);
        let Some(manifest) = read_json::<Manifest>(&path, MANIFEST, self.unsealed)? else {
            return Ok(None);
        };
        check_manifest(&path, key, &manifest)?;
        Ok(Some(manifest))
    }

    /// What a run consisted of when it was pinned, none if it is not.
    ///
    /// # Errors
    /// There is a pin but it cannot be read.
    pub fn pin(&self, name: &str) -> Result<Option<RunRecord>, PipelineError> {
        self.record_at(&self.pin_path(name), PIN, name)
    }

    /// The record of a run, none if there never was one of that name.
    ///
    /// # Errors
    /// The name cannot be one, or there is a record but it cannot be read.
    pub fn run_record(&self, name: &str) -> Result<Option<RunRecord>, PipelineError> {
        self.record_at(&self.record_path(name), RECORD, name)
    }

    /// Whole records and pins under names that no run can have: copies, or what a file system made of a name with
    /// accents. What they need must be kept, whoever made them.
    ///
    /// # Errors
    /// A folder cannot be listed.
    pub(crate) fn stray_records(&self) -> Result<Vec<RunRecord>, PipelineError> {
        let mut found = Vec::new();
        for (folder, what) in [(self.records(), RECORD), (self.pins(), PIN)] {
            for path in entries(&folder)? {
                let stem = path.file_stem().and_then(|stem| stem.to_str());
                if !stem.is_some_and(is_name) {
                    found.extend(read_json(&path, what, self.unsealed).ok().flatten());
                }
            }
        }
        Ok(found)
    }

    fn record_at(&self, path: &Path, what: &'static str, name: &str) -> Result<Option<RunRecord>, PipelineError> {
        check_name(name, "a run")?;
        match read_json::<RunRecord>(path, what, self.unsealed)? {
            Some(record) if record.name != name => {
                let reason = format!("it is that of run `{}`", record.name.escape_debug());
                Err(broken(path, what, reason))
            }
            record => Ok(record),
        }
    }
}

/// Refuses the manifest in the file `path` if it is not that of the node `key`, or could do harm.
pub(crate) fn check_manifest(path: &Path, key: &NodeKey, manifest: &Manifest) -> Result<(), PipelineError> {
    if manifest.key != *key || manifest.material.key() != *key {
        let reason = "it is another node's, or was changed".to_owned();
        return Err(broken(path, MANIFEST, reason));
    }
    // They become names in the view for users, and must not lead out of it.
    if let Some(name) = manifest.outputs.keys().find(|name| !is_name(name)) {
        let reason = format!("`{}` cannot be the name of an output", name.escape_debug());
        return Err(broken(path, MANIFEST, reason));
    }
    Ok(())
}
