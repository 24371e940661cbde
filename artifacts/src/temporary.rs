//! Files and folders in the making, under names that no reader opens.
//!
//! A temporary is locked (by the operating system, for as long as its maker has it open) from before the first byte to
//! after the rename. So whoever finds one that he can lock knows that its maker is dead, and may remove it: see
//! [`sweep`]. No process id is looked at, since ids mean nothing to a second container or machine on the same disk.
//!
//! Between making a file and locking it lies a moment. The maker therefore looks, once it has the lock, whether the
//! name still leads to the file that it locked, and begins again with another name if a sweeper was quicker; a sweeper
//! removes only while it holds the lock. Where a file system has no locks, nothing is ever taken for abandoned here;
//! the collection of garbage goes by age.

use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};

use crate::{ArtifactError, fs};

/// How names of temporaries begin. No reader lists or opens such a name.
pub const TEMPORARY_PREFIX: &str = ".tmp-";

/// How often another name is tried before the error is passed on.
const ATTEMPTS: usize = 16;

/// A file or folder with a temporary name, removed when dropped.
#[derive(Debug)]
pub struct Temporary {
    path: PathBuf,
    /// Holds the lock. Of a folder, where a system opens none, there is no lock.
    file: Option<File>,
    is_folder: bool,
}

impl Temporary {
    /// A file in the folder of `target`.
    ///
    /// # Errors
    /// The folder is not there, or the system refuses.
    pub fn beside(target: &Path) -> Result<Self, ArtifactError> {
        make(fs::parent(target), false, |path| fs::create_new(path).map(Some))
            .map_err(ArtifactError::io("write beside", target))
    }

    /// A folder in `dir`.
    ///
    /// # Errors
    /// The folder is not there, or the system refuses.
    pub fn folder_in(dir: &Path) -> Result<Self, ArtifactError> {
        make(dir, true, |path| {
            fs::create_dir(path)?;
            Ok(File::open(path).ok())
        })
        .map_err(ArtifactError::io("create a folder in", dir))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends `bytes` to the file that is to become `target`.
    ///
    /// # Errors
    /// The system refuses.
    pub fn write_all(&mut self, bytes: &[u8], target: &Path) -> Result<(), ArtifactError> {
        let path = self.path.clone();
        let file = self.open_file().map_err(ArtifactError::io("write", target))?;
        fs::write_all(file, &path, bytes).map_err(ArtifactError::writing(target, bytes.len()))
    }

    /// The file, to be written to; a folder has none.
    ///
    /// # Errors
    /// It is a folder.
    pub fn open_file(&mut self) -> io::Result<&mut File> {
        self.file.as_mut().ok_or_else(|| io::ErrorKind::IsADirectory.into())
    }

    /// Waits until the file's content is on the disk.
    ///
    /// # Errors
    /// The system refuses.
    pub fn sync(&self, target: &Path) -> Result<(), ArtifactError> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        fs::sync_file(file, &self.path).map_err(ArtifactError::io("sync", target))
    }

    /// Gives it the name `target`; if that fails it is removed.
    ///
    /// # Errors
    /// The system refuses.
    pub fn rename(mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.path = PathBuf::new();
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if self.path.as_os_str().is_empty() {
            return;
        }
        // Whatever stays is swept later.
        let _ = if self.is_folder {
            fs::remove_dir_all(&self.path)
        } else {
            fs::remove_file(&self.path)
        };
    }
}

fn make(dir: &Path, is_folder: bool, create: impl Fn(&Path) -> io::Result<Option<File>>) -> io::Result<Temporary> {
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for _ in 0..ATTEMPTS {
        let path = dir.join(name());
        match create(&path) {
            Ok(file) => {
                let made = Temporary { path, file, is_folder };
                if made.file.as_ref().is_none_or(|file| claim(file, &made.path)) {
                    return Ok(made);
                }
            }
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => last = e,
            Err(e) => return Err(e),
        }
    }
    Err(last)
}

/// A name that nobody else thinks of.
pub(crate) fn name() -> String {
    format!("{TEMPORARY_PREFIX}{:016x}", RandomState::new().hash_one(()))
}

/// Locks a file just made; whether it is still the one of that name.
#[cfg(unix)]
fn claim(file: &File, path: &Path) -> bool {
    match file.try_lock() {
        Err(std::fs::TryLockError::WouldBlock) => false,
        // No locks here: nobody can take it for abandoned either.
        Err(std::fs::TryLockError::Error(_)) => true,
        Ok(()) => is_at(file, path),
    }
}

/// Locks keep others from reading and renaming on such systems, and nobody sweeps there.
#[cfg(not(unix))]
fn claim(_file: &File, _path: &Path) -> bool {
    true
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |meta: std::fs::Metadata| (meta.dev(), meta.ino());
    match (file.metadata(), std::fs::symlink_metadata(path)) {
        (Ok(open), Ok(named)) => id(open) == id(named),
        _ => false,
    }
}

/// Whether the last part of `path` is a temporary's name.
pub fn is_temporary(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(TEMPORARY_PREFIX.as_bytes()))
}

/// Whether the maker of the temporary at `path` is dead. A symbolic link is always taken for abandoned: its maker makes
/// another.
pub fn is_abandoned(path: &Path) -> bool {
    abandoned(path).is_some()
}

/// Removes the temporary at `path` if its maker is dead; gives whether it was removed.
///
/// # Errors
/// It cannot be removed.
pub fn sweep(path: &Path) -> Result<bool, ArtifactError> {
    let Some(_held) = abandoned(path) else {
        return Ok(false);
    };
    let is_folder = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir());
    let removed = if is_folder {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(ArtifactError::io("remove", path)(e)),
        _ => Ok(true),
    }
}

/// The lock of an abandoned temporary; of a link there is none to hold.
#[cfg(unix)]
fn abandoned(path: &Path) -> Option<Option<File>> {
    if std::fs::symlink_metadata(path).ok()?.is_symlink() {
        return Some(None);
    }
    let file = File::open(path).ok()?;
    file.try_lock().ok()?;
    is_at(&file, path).then_some(Some(file))
}

#[cfg(not(unix))]
fn abandoned(_path: &Path) -> Option<Option<File>> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_ones_stay_and_those_of_the_dead_go() {
        let dir = tempfile::tempdir().unwrap();
        let file = Temporary::beside(&dir.path().join("a")).unwrap();
        let folder = Temporary::folder_in(dir.path()).unwrap();
        for live in [&file, &folder] {
            assert!(is_temporary(live.path()));
            assert!(!is_abandoned(live.path()));
            assert!(!sweep(live.path()).unwrap() && live.path().exists());
        }
        let dead = dir.path().join(name());
        std::fs::write(&dead, b"half").unwrap();
        let dead_folder = dir.path().join(name());
        std::fs::create_dir(&dead_folder).unwrap();
        std::fs::write(dead_folder.join("x"), b"").unwrap();
        for dead in [&dead, &dead_folder] {
            assert!(is_abandoned(dead));
            assert!(sweep(dead).unwrap() && !dead.exists());
            assert!(!sweep(dead).unwrap(), "there is nothing any more");
        }
        drop((file, folder));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn makers_and_sweepers_at_once_lose_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let done = std::sync::atomic::AtomicBool::new(false);
        let order = std::sync::atomic::Ordering::SeqCst;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(order) {
                    for entry in std::fs::read_dir(dir.path()).unwrap().flatten() {
                        if is_temporary(&entry.path()) {
                            sweep(&entry.path()).unwrap();
                        }
                    }
                }
            });
            let result = std::panic::catch_unwind(|| {
                for index in 0..300 {
                    let target = dir.path().join(index.to_string());
                    crate::atomic::write_atomic(&target, b"whole").unwrap();
                    assert_eq!(std::fs::read(target).unwrap(), b"whole");
                }
            });
            done.store(true, order);
            result.unwrap();
        });
    }
}
