//! Making a node complete.
//!
//! ```text
//!  lock ─> objects (each: temp, fsync, rename, fsync dir) ─> manifest (same way) ─> run record ─> sweep work/ ─>
//!  unlock ▲                                                 ▲                      ▲             ▲
//!       1                                                 2                      3             4
//! ```
//! The node is complete exactly if the manifest exists, and the manifest appears by one rename. A crash at
//!
//! 1. while objects are written leaves whole objects that no manifest names (a later run stores them again at no cost,
//!    or they are garbage), and the parts and checkpoints to continue from. No reader meets a temporary: names of
//!    temporaries are never listed.
//! 2. before the manifest's rename is a crash at 1. Since every object is synced, with its name, before the manifest is
//!    begun, a manifest that survives a power cut never names an object that did not.
//! 3. leaves a complete node that its run does not yet claim. The next run finds it complete and claims it.
//! 4. leaves work that nobody needs. The next run finds the node complete and sweeps it.
//!
//! [`serl_artifacts::atomic`] explains how each of these files is written, and why in this order.
//!
//! Two processes cannot run the same node, because of the lock; should the lock fail (some network file systems ignore
//! it), both write the same bytes to the same names, and parts are replaced whole.

use std::io::ErrorKind;

use serl_artifacts::{ArtifactError, fs};

use super::files::remove_if_there;
use super::json::write_json;
use super::manifest::{MANIFEST, Manifest};
use super::{Store, lock};
use crate::error::PipelineError;
use crate::graph::NodeKey;

/// Makes the node complete. Its outputs are in the store already.
pub(crate) fn publish(store: &Store, manifest: &Manifest) -> Result<(), PipelineError> {
    write_json(&store.manifest_path(&manifest.key), MANIFEST, manifest)
}

/// Marks a node that was found complete as needed now, so that no garbage collection takes it for old. The objects must
/// be held.
pub(crate) fn freshen(store: &Store, key: &NodeKey) -> Result<(), PipelineError> {
    let path = store.manifest_path(key);
    match fs::freshen(&path) {
        // Nothing is collected from a read-only disk, and the age of another user's file cannot be changed.
        Err(e) if matches!(e.kind(), ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied) => Ok(()),
        done => Ok(done.map_err(ArtifactError::io("mark", &path))?),
    }
}

/// Removes the work of a complete node; its lock must be held.
pub(crate) fn sweep(store: &Store, key: &NodeKey) -> Result<(), PipelineError> {
    remove_if_there(&store.work_path(key))
}

/// Removes what a crash between [`publish`] and [`sweep`] left of a complete node, unless another process is working on
/// it.
pub(crate) fn sweep_leftovers(store: &Store, key: &NodeKey) -> Result<(), PipelineError> {
    if !store.work_path(key).exists() {
        return Ok(());
    }
    match lock::try_acquire(&store.lock_path(key))? {
        Some(_held) => sweep(store, key),
        None => Ok(()),
    }
}
