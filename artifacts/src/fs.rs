//! All calls by which the store changes the disk.
//!
//! They pass straight to the operating system. With the feature `fault-injection`, which only tests enable, each call
//! first asks the `fault` module whether it should fail.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

#[cfg(any(test, feature = "fault-injection"))]
use crate::fault::{Lacking, around, around_sync, around_write, require};
pub use crate::operation::Operation;

#[cfg(not(any(test, feature = "fault-injection")))]
#[inline(always)]
fn around<T>(_operation: Operation, _path: &Path, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    act()
}

#[cfg(not(any(test, feature = "fault-injection")))]
use self::around as around_sync;

#[cfg(not(any(test, feature = "fault-injection")))]
#[inline(always)]
fn around_write(_path: &Path, bytes: &[u8], act: impl FnOnce(&[u8]) -> io::Result<()>) -> io::Result<()> {
    act(bytes)
}

/// Takes a lock by `take`.
pub(crate) fn around_lock<T>(
    is_exclusive: bool,
    is_writable: bool,
    take: impl FnOnce() -> io::Result<T>,
) -> io::Result<T> {
    #[cfg(any(test, feature = "fault-injection"))]
    {
        require(Lacking::Locks)?;
        if is_exclusive && !is_writable {
            require(Lacking::LocksOfUnwritable)?;
        }
    }
    #[cfg(not(any(test, feature = "fault-injection")))]
    let _ = (is_exclusive, is_writable);
    take()
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

/// Waits until the content of `file` has reached the disk. A file system that cannot be asked to is not waited for.
///
/// # Errors
/// The system refuses.
pub fn sync_file(file: &File, path: &Path) -> io::Result<()> {
    around_sync(Operation::SyncFile, path, || if_possible(file.sync_all()))
}

/// Waits until the names in the folder `path` have reached the disk. Some file systems sync no folders, and nobody can
/// sync one that he may write to but not list: these are not waited for.
///
/// # Errors
/// The system refuses.
pub fn sync_dir(path: &Path) -> io::Result<()> {
    around_sync(Operation::SyncDir, path, || {
        #[cfg(unix)]
        match File::open(path) {
            Err(e) if e.kind() == io::ErrorKind::PermissionDenied => {}
            opened => if_possible(opened?.sync_all())?,
        }
        Ok(())
    })
}

/// Forgives what a file system cannot do (`EINVAL`, `EBADF`, `ENOTSUP` and the like), unlike what has failed.
fn if_possible(done: io::Result<()>) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, Unsupported};
    const EBADF: i32 = 9;
    match done {
        Err(e) if matches!(e.kind(), InvalidInput | Unsupported) || e.raw_os_error() == Some(EBADF) => Ok(()),
        done => done,
    }
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
pub fn symlink(text: &Path, link: &Path) -> io::Result<()> {
    around(Operation::Link, link, || {
        #[cfg(any(test, feature = "fault-injection"))]
        require(Lacking::SymbolicLinks)?;
        #[cfg(unix)]
        return std::os::unix::fs::symlink(text, link);
        #[cfg(not(unix))]
        Err(io::ErrorKind::Unsupported.into())
    })
}

/// Gives the file `from` the second name `link`.
///
/// # Errors
/// `link` already exists, or the system refuses.
pub fn hard_link(from: &Path, link: &Path) -> io::Result<()> {
    around(Operation::Link, link, || {
        #[cfg(any(test, feature = "fault-injection"))]
        require(Lacking::HardLinks)?;
        std::fs::hard_link(from, link)
    })
}

/// Makes a file read-only for those who can read it. A file system without such permissions is forgiven: they only
/// guard against accidents.
///
/// # Errors
/// The system refuses.
pub fn make_read_only(path: &Path) -> io::Result<()> {
    around(Operation::Mark, path, || {
        let mut permissions = std::fs::metadata(path)?.permissions();
        permissions.set_readonly(true);
        match std::fs::set_permissions(path, permissions) {
            Err(e) if e.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            done => if_possible(done),
        }
    })
}

/// Marks the file at `path` as in use now, so that garbage collection by age spares it.
///
/// # Errors
/// It does not exist, or the system refuses.
pub fn freshen(path: &Path) -> io::Result<()> {
    set_modified(path, SystemTime::now())
}

/// Sets the time of the last change of the file at `path`.
///
/// # Errors
/// It does not exist, or the system refuses.
pub fn set_modified(path: &Path, time: SystemTime) -> io::Result<()> {
    around(Operation::Mark, path, || File::open(path)?.set_modified(time))
}
