//! Files that exist completely or not at all: how everything in the store is written.
//!
//! ```text
//!  <dir>/.tmp-XXXX   write bytes ──> fsync file ──> rename to <dir>/name ──> fsync dir
//!        crash here: only a `.tmp-` file stays, which no reader ever opens ┘        └ crash here: name is whole
//! ```
//! The temporary is in the same folder as the target, so that the rename cannot cross file systems. The file is synced
//! before the rename, so that its name never refers to bytes that have not reached the disk. The folder is synced after
//! it, so that the name itself survives a power cut once the function has returned. A new folder is a new name in its
//! parent, which is synced for the same reason.
//!
//! The results of a node are written in this order, each line reaching the disk before the next begins:
//!
//! ```text
//!  objects/ab/cd…      blobs, files and listings of trees                    (store/)
//!  nodes/<key>.json    the manifest that names them: the node is complete    (pipeline: store/commit.rs)
//!  runs/<name>.json    the run that claims the node                          (pipeline: run/keeper.rs)
//!  work/<key>/         removed                                               (pipeline: store/commit.rs)
//! ```
//! So a manifest that survives a power cut names only objects that did too. An object that already exists may have been
//! renamed a moment ago by a process that has not yet synced the folder, or died before it could. Its folder is
//! therefore synced too, before it counts as stored. Checkpoints of a node in progress are written in the same way, and
//! so are parts that took a second or more; quick parts, which are many, are not synced. Both carry the digest of their
//! content, which reveals damage by a power cut. The links in the view for users are the one exception: nothing depends
//! on them, and the next run recreates them.
//!
//! If one of these calls fails, the error is returned and the temporary removed. If the process dies, the temporary
//! stays until the next run sweeps it (see [`crate::temporary`]). The pipeline's tests let every single call of a run
//! fail, and check the order of calls (`pipeline/src/run/tests/faults.rs`).

use std::fs::File;
use std::io;
use std::path::Path;

use crate::temporary::Temporary;
use crate::{ArtifactError, fs};

/// Writes `bytes` to `path`, replacing any old content; readers see the old content or the new, never a mixture.
///
/// # Errors
/// The folder does not exist, or the system refuses.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), ArtifactError> {
    let mut file = Temporary::beside(path)?;
    file.write_all(bytes, path)?;
    publish(file, path)
}

/// Like [`write_atomic`], but without syncing: the file survives a crash of the process, but may be lost or torn by a
/// power cut. For content that carries its digest and can be recomputed.
///
/// # Errors
/// Those of [`write_atomic`].
pub fn write_unsynced(path: &Path, bytes: &[u8]) -> Result<(), ArtifactError> {
    let mut file = Temporary::beside(path)?;
    file.write_all(bytes, path)?;
    file.rename(path).map_err(ArtifactError::io("rename into", path))
}

/// Syncs the folder at `path`: names created or removed in it before the call survive a power cut after it.
///
/// # Errors
/// The folder cannot be opened or synced.
pub fn sync_dir(path: &Path) -> Result<(), ArtifactError> {
    fs::sync_dir(path).map_err(ArtifactError::io("sync", path))
}

/// Syncs the file at `path`.
///
/// # Errors
/// The file cannot be opened or synced.
pub fn sync_file(path: &Path) -> Result<(), ArtifactError> {
    File::open(path)
        .and_then(|file| fs::sync_file(&file, path))
        .map_err(ArtifactError::io("sync", path))
}

/// Creates the folder `path` and its parents; their names survive a power cut.
///
/// # Errors
/// The system refuses.
pub fn create_dir(path: &Path) -> Result<(), ArtifactError> {
    if path.is_dir() {
        return Ok(());
    }
    let above = fs::parent(path);
    create_dir(above)?;
    match fs::create_dir(path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
        made => made.map_err(ArtifactError::io("create folder", path))?,
    }
    sync_dir(above)
}

/// Syncs `file`, a temporary beside `path`, and gives it that name.
///
/// # Errors
/// The system refuses.
pub fn publish(file: Temporary, path: &Path) -> Result<(), ArtifactError> {
    file.sync(path)?;
    file.rename(path).map_err(ArtifactError::io("rename into", path))?;
    sync_dir(fs::parent(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_whole_files_and_leaves_no_temporary() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        write_atomic(&path, b"one").unwrap();
        write_atomic(&path, b"two, longer").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two, longer");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_abandoned_write_leaves_the_old_content() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        write_atomic(&path, b"old").unwrap();
        let mut half = Temporary::beside(&path).unwrap();
        half.write_all(b"ne", &path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert!(crate::temporary::is_temporary(half.path()));
        drop(half);
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = write_atomic(Path::new("no/such/folder/x"), b"").unwrap_err();
        assert!(error.to_string().contains("no/such/folder/x"), "{error}");
    }
}
