//! Every call by which the store changes the disk, in one place.
//!
//! A plain pass to the operating system. Built with the feature `fault-injection`, which only tests ask for, each call
//! first asks the `fault` module whether it is the one that is to fail.

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

/// The folder that holds `path`.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}

/// Makes a file that is not there yet, open for reading and writing.
///
/// # Errors
/// It is there, or the system refuses.
pub fn create_new(path: &Path) -> io::Result<File> {
    around(Operation::Create, path, || {
        OpenOptions::new().read(true).write(true).create_new(true).open(path)
    })
}

/// Opens a file for reading and writing, making an empty one if it is not there.
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

/// Appends what `from` holds to `file`; `path` is for messages.
///
/// # Errors
/// The system refuses.
pub fn copy(from: &mut File, file: &mut File, path: &Path) -> io::Result<u64> {
    around(Operation::Write, path, || io::copy(from, file))
}

/// Waits until the content of `file` is on the disk.
///
/// # Errors
/// The system refuses.
pub fn sync_file(file: &File, path: &Path) -> io::Result<()> {
    around_sync(Operation::SyncFile, path, || file.sync_all())
}

/// Waits until the names in the folder `path` are on the disk.
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

/// Gives `from` the name `to`, replacing a file that has it.
///
/// # Errors
/// The system refuses.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    around(Operation::Rename, to, || std::fs::rename(from, to))
}

/// Removes a file.
///
/// # Errors
/// It is not there, or the system refuses.
pub fn remove_file(path: &Path) -> io::Result<()> {
    around(Operation::Remove, path, || std::fs::remove_file(path))
}

/// Removes a folder and all that is in it.
///
/// # Errors
/// It is not there, or the system refuses.
pub fn remove_dir_all(path: &Path) -> io::Result<()> {
    around(Operation::Remove, path, || std::fs::remove_dir_all(path))
}

/// Removes a folder that is empty.
///
/// # Errors
/// It is not there or not empty, or the system refuses.
pub fn remove_dir(path: &Path) -> io::Result<()> {
    around(Operation::Remove, path, || std::fs::remove_dir(path))
}

/// Makes a folder in one that is there.
///
/// # Errors
/// It is there, or the system refuses.
pub fn create_dir(path: &Path) -> io::Result<()> {
    around(Operation::CreateDir, path, || std::fs::create_dir(path))
}

/// Makes `link` a symbolic link with the text `text`.
///
/// # Errors
/// Something is at `link`, or the system refuses.
#[cfg(unix)]
pub fn symlink(text: &Path, link: &Path) -> io::Result<()> {
    around(Operation::Link, link, || std::os::unix::fs::symlink(text, link))
}

/// Forbids writing to a file.
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

/// Says that the file at `path` is needed now: whoever collects garbage by age leaves it alone.
///
/// # Errors
/// It is not there, or the system refuses.
pub fn freshen(path: &Path) -> io::Result<()> {
    around(Operation::Mark, path, || {
        File::open(path)?.set_modified(std::time::SystemTime::now())
    })
}
