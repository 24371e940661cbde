//! Temporaries that dead processes have left.
//!
//! Only the folders in which the store itself makes temporaries are searched. The scratch of a node is not: it is
//! emptied when the node begins again.

use std::path::{Path, PathBuf};

use serl_artifacts::temporary::{self, is_abandoned, is_temporary};

use crate::error::PipelineError;
use crate::store::{Store, entries};

/// Every temporary in the store, those of living processes included.
pub(crate) fn temporaries(store: &Store) -> Result<Vec<PathBuf>, PipelineError> {
    let mut found = at_hand(store)?;
    collect(&store.manifests(), 0, &mut found)?;
    collect(&store.objects().trees_folder(), 0, &mut found)?;
    collect(&store.objects().objects_folder(), 1, &mut found)?;
    for work in entries(&store.works())? {
        collect(&work.join("parts"), 1, &mut found)?;
    }
    collect(&store.views(), usize::MAX, &mut found)?;
    Ok(found)
}

/// Those in folders that stay small however large the store grows.
fn at_hand(store: &Store) -> Result<Vec<PathBuf>, PipelineError> {
    let mut found = Vec::new();
    collect(store.base(), 0, &mut found)?;
    for folder in [store.records(), store.pins(), store.live_path()] {
        collect(&folder, 0, &mut found)?;
    }
    collect(&store.builtins(), 1, &mut found)?;
    Ok(found)
}

/// Removes those whose process is dead; what cannot be removed stays for the next time.
///
/// A process that dies during a run leaves its file in `live/` (see [`crate::store::live`]). Only then is the whole
/// store searched, and that file goes last, so that an interrupted sweep is repeated.
pub(crate) fn sweep(store: &Store) -> Result<(), PipelineError> {
    let mut found = at_hand(store)?;
    let is_live = |path: &PathBuf| path.parent() == Some(&store.live_path());
    if found.iter().any(|path| is_live(path) && is_abandoned(path)) {
        found = temporaries(store)?;
    }
    found.sort_by_key(is_live);
    for path in found {
        let _ = temporary::sweep(&path);
    }
    Ok(())
}

/// Temporaries in `dir` and in this many levels of folders below.
fn collect(dir: &Path, levels: usize, found: &mut Vec<PathBuf>) -> Result<(), PipelineError> {
    for path in entries(dir)? {
        if is_temporary(&path) {
            found.push(path);
        } else if levels > 0 && !path.is_symlink() && path.is_dir() {
            collect(&path, levels - 1, found)?;
        }
    }
    Ok(())
}
