//! Files that are there wholly or not at all.
//!
//! ```text
//!  <dir>/.tmp-XXXX   write bytes ──> fsync file ──> rename to <dir>/name ──> fsync dir
//!        crash here: only a `.tmp-` file stays, which no reader ever opens ┘        └ crash here: name is whole
//! ```
//! The temporary lies in the target's own folder, so that the rename cannot cross file systems. The file is synced
//! before the rename, so that the name never stands for bytes that are still on their way to the disk; the folder is
//! synced after it, so that the name itself survives a power cut once the function has returned.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::ArtifactError;

/// How names of temporaries begin. No reader lists or opens such a name.
pub const TEMPORARY_PREFIX: &str = ".tmp-";

/// Writes `bytes` to `path`, replacing what was there; readers see the old content or the new, never a mixture.
///
/// # Errors
/// The folder does not exist, or the system refuses.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), ArtifactError> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes)
        .map_err(ArtifactError::io("write", path))?;
    file.publish()
}

/// As [`write_atomic`], but not synced: whole after a crash of the process, perhaps lost or torn after a power cut. For
/// what carries a digest of its own and can be made again.
///
/// # Errors
/// As [`write_atomic`].
pub fn write_unsynced(path: &Path, bytes: &[u8]) -> Result<(), ArtifactError> {
    let mut file = temporary_beside(path)?;
    file.write_all(bytes)
        .map_err(ArtifactError::io("write", path))?;
    file.persist(path)
        .map_err(|e| ArtifactError::io("rename into", path)(e.error))?;
    Ok(())
}

/// A file that is written piece by piece and gets its name when it is whole; dropped before, it leaves nothing.
pub struct AtomicFile {
    file: NamedTempFile,
    path: PathBuf,
}

impl AtomicFile {
    /// Begins the file that is to have the name `path`.
    ///
    /// # Errors
    /// The folder does not exist, or the system refuses.
    pub fn create(path: &Path) -> Result<Self, ArtifactError> {
        let (file, path) = (temporary_beside(path)?, path.to_owned());
        Ok(Self { file, path })
    }

    /// Gives it its name, replacing what was there.
    ///
    /// # Errors
    /// The system refuses.
    pub fn publish(self) -> Result<(), ArtifactError> {
        publish(self.file, &self.path)
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// Syncs the folder at `path`: names made or removed in it before the call survive a power cut after it.
///
/// # Errors
/// The folder cannot be opened or synced.
pub fn sync_dir(path: &Path) -> Result<(), ArtifactError> {
    #[cfg(unix)]
    File::open(path)
        .and_then(|dir| dir.sync_all())
        .map_err(ArtifactError::io("sync", path))?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Syncs the file at `path`.
///
/// # Errors
/// The file cannot be opened or synced.
pub fn sync_file(path: &Path) -> Result<(), ArtifactError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(ArtifactError::io("sync", path))
}

/// Makes the folder `path` and those above it.
///
/// # Errors
/// The system refuses.
pub fn create_dir(path: &Path) -> Result<(), ArtifactError> {
    std::fs::create_dir_all(path).map_err(ArtifactError::io("create folder", path))
}

/// The folder that holds `path`.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}

/// A temporary file in the folder of `path`, removed when dropped.
pub(crate) fn temporary_beside(path: &Path) -> Result<NamedTempFile, ArtifactError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY_PREFIX);
    #[cfg(unix)]
    let open_to_umask = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(open_to_umask);
    builder
        .tempfile_in(parent(path))
        .map_err(ArtifactError::io("write beside", path))
}

/// Syncs `file` and gives it the name `path`.
pub(crate) fn publish(file: NamedTempFile, path: &Path) -> Result<(), ArtifactError> {
    file.as_file()
        .sync_all()
        .map_err(ArtifactError::io("sync", path))?;
    file.persist(path)
        .map_err(|e| ArtifactError::io("rename into", path)(e.error))?;
    sync_dir(parent(path))
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
        let mut half = temporary_beside(&path).unwrap();
        half.write_all(b"ne").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        let name = half
            .path()
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        assert!(name.starts_with(TEMPORARY_PREFIX));
        drop(half);
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = write_atomic(Path::new("no/such/folder/x"), b"").unwrap_err();
        assert!(error.to_string().contains("no/such/folder/x"), "{error}");
    }
}
