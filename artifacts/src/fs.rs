//! All calls by which the store changes the disk.
//!
//! They pass straight to the operating system. With the feature `fault-injection`, which only tests enable, each call
//! first asks the `fault` module whether it should fail.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

#[cfg(feature = "fault-injection")]
use crate::fault::{around, around_sync, around_write};
pub use crate::operation::Operation;

#[cfg(not(feature = "fault-injection"))]
#[inline(always)]
fn around<T>(_operation: Operation, _path: &Path, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    act()
}

#[cfg(not(feature = "fault-injection"))]
use self::around as around_sync;

#[cfg(not(feature = "fault-injection"))]
#[inline(always)]
fn around_write(_path: &Path, bytes: &[u8], act: impl FnOnce(&[u8]) -> io::Result<()>) -> io::Result<()> {
    act(bytes)
}

/// The folder that contains `path`.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}

/// Creates a new file, open for reading and writing.
///
/// # Errors
/// It already exists, or the system refuses.
pub fn create_new(path: &Path) -> io::Result<File> {
    around(Operation::Create, path, || {
        OpenOptions::new().read(true).write(true).create_new(true).open(path)
    })
}

/// Opens a file for reading and writing; creates an empty one if it does not exist.
///
/// # Errors
/// The system refuses.
pub fn open_or_create(path: &Path) -> io::Result<File> {
    around(Operation::Create, path, || {
        OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
    })
}

/// Appends all `bytes` to `file`, which is open at its end; `path` is for messages.
///
/// # Errors
/// The system refuses.
pub fn write_all(file: &mut File, path: &Path, bytes: &[u8]) -> io::Result<()> {
    around_write(path, bytes, |bytes| file.write_all(bytes))
}

/// Appends the content of `from` to `file`; `path` is for messages.
///
/// # Errors
/// The system refuses.
pub fn copy(from: &mut File, file: &mut File, path: &Path) -> io::Result<u64> {
    around(Operation::Write, path, || io::copy(from, file))
}

/// Waits until the content of `file` has reached the disk.
///
/// # Errors
/// The system refuses.
pub fn sync_file(file: &File, path: &Path) -> io::Result<()> {
    around_sync(Operation::SyncFile, path, || file.sync_all())
}

/// Waits until the names in the folder `path` have reached the disk.
///
/// # Errors
/// The system refuses.
pub fn sync_dir(path: &Path) -> io::Result<()> {
    around_sync(Operation::SyncDir, path, || {
        #[cfg(unix)]
        File::open(path)?.sync_all()?;
        Ok(())
    })
}

/// Renames `from` to `to`, replacing an existing file.
///
/// # Errors
/// The system refuses.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    around(Operation::Rename, to, || std::fs::rename(from, to))
}

/// Removes a file.
///
/// # Errors
/// It does not exist, or the system refuses.
pub fn remove_file(path: &Path) -> io::Result<()> {
    around(Operation::Remove, path, || std::fs::remove_file(path))
}

/// Removes a folder and its content.
///
/// # Errors
/// It does not exist, or the system refuses.
pub fn remove_dir_all(path: &Path) -> io::Result<()> {
    around(Operation::Remove, path, || std::fs::remove_dir_all(path))
}

/// Removes an empty folder.
///
/// # Errors
/// It does not exist or is not empty, or the system refuses.
pub fn remove_dir(path: &Path) -> io::Result<()> {
    around(Operation::Remove, path, || std::fs::remove_dir(path))
}

/// Creates a folder in an existing one.
///
/// # Errors
/// It already exists, or the system refuses.
pub fn create_dir(path: &Path) -> io::Result<()> {
    around(Operation::CreateDir, path, || std::fs::create_dir(path))
}

/// Creates the symbolic link `link` with the target `text`.
///
/// # Errors
/// `link` already exists, or the system refuses.
#[cfg(unix)]
pub fn symlink(text: &Path, link: &Path) -> io::Result<()> {
    around(Operation::Link, link, || std::os::unix::fs::symlink(text, link))
}

/// Makes a file read-only.
///
/// # Errors
/// The system refuses.
pub fn make_read_only(path: &Path) -> io::Result<()> {
    around(Operation::Mark, path, || {
        #[cfg(unix)]
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o444);
        #[cfg(not(unix))]
        let permissions = {
            let mut permissions = std::fs::metadata(path)?.permissions();
            permissions.set_readonly(true);
            permissions
        };
        std::fs::set_permissions(path, permissions)
    })
}

/// Marks the file at `path` as in use now, so that garbage collection by age spares it.
///
/// # Errors
/// It does not exist, or the system refuses.
pub fn freshen(path: &Path) -> io::Result<()> {
    around(Operation::Mark, path, || {
        File::open(path)?.set_modified(std::time::SystemTime::now())
    })
}
