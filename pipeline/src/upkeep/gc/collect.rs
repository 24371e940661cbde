//! Removing garbage that was found.

use std::path::Path;

use serl_artifacts::atomic::sync_dir;
use serl_artifacts::owner::Life;
use serl_artifacts::{fs, temporary};

use super::report::{Garbage, GcKind};
use crate::error::PipelineError;
use crate::store::{Store, entries, lock, remove_if_there};

/// Removes `pieces` in their order, which is that of their kinds.
pub(super) fn remove(store: &Store, pieces: &[Garbage]) -> Result<(), PipelineError> {
    let mut before = None;
    for piece in pieces {
        // A file that names others is gone for good before they are.
        if before != Some(piece.kind) {
            sync_dir(&store.records())?;
            sync_dir(&store.manifests())?;
            before = Some(piece.kind);
        }
        remove_piece(store, piece)?;
    }
    prune_links(&store.views())?;
    Ok(())
}

fn remove_piece(store: &Store, piece: &Garbage) -> Result<(), PipelineError> {
    let path = &piece.path;
    match piece.kind {
        GcKind::Temporary => {
            if !temporary::sweep(path)? && temporary::life(path) == Life::Unknown {
                remove_if_there(path)?;
            }
        }
        GcKind::Work => {
            let name = path.file_name().and_then(|name| name.to_str());
            let key = name.and_then(|name| name.parse().ok());
            // Someone may have begun the node since.
            if let Some(key) = key
                && let Some(_held) = lock::try_acquire(&store.lock_path(&key))?
            {
                remove_if_there(path)?;
            }
        }
        _ => remove_if_there(path)?,
    }
    Ok(())
}

/// Removes links of the human-readable view whose objects are gone, and folders that are empty then.
fn prune_links(dir: &Path) -> Result<(), PipelineError> {
    for path in entries(dir)? {
        if path.is_symlink() {
            if !path.exists() {
                remove_if_there(&path)?;
            }
        } else if path.is_dir() {
            prune_links(&path)?;
            // Refused where something is left.
            let _ = fs::remove_dir(&path);
        }
    }
    Ok(())
}
