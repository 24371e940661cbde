//! Unfinished files and folders, under names that no reader opens.
//!
//! A temporary is locked, by the operating system and for as long as its maker has it open, from before its first byte
//! to after the rename. Any process that can lock one therefore knows that its maker is dead, and may remove it: see
//! [`sweep`]. Its name contains its maker, which decides where the file system cannot lock it (see [`crate::owner`]).
//!
//! There is a moment between creating a file and locking it. Once it has the lock, the maker therefore checks whether
//! the name still refers to the file that it locked, and starts over with another name if a sweeper was quicker. A
//! sweeper removes only while it holds the lock. Where a file can neither be locked nor has a maker on this machine, it
//! is not considered abandoned; garbage collection goes by age.

use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};

use crate::lock::{Attempt, Lockable};
use crate::owner::{Life, Owner};
use crate::{ArtifactError, fs};

/// Prefix of the names of temporaries. No reader lists or opens such a name.
pub const TEMPORARY_PREFIX: &str = ".tmp-";

/// How many names to try before giving up.
const ATTEMPTS: usize = 16;

/// A file or folder with a temporary name, removed when dropped.
#[derive(Debug)]
pub struct Temporary {
    path: PathBuf,
    /// Holds the lock. There is none for a folder on a system that cannot open folders.
    lock: Option<Lockable>,
    is_folder: bool,
}

impl Temporary {
    /// Creates a file in the folder of `target`.
    ///
    /// # Errors
    /// The folder does not exist, or the system refuses.
    pub fn beside(target: &Path) -> Result<Self, ArtifactError> {
        make(fs::parent(target), false, |path| fs::create_new(path).map(Some))
            .map_err(ArtifactError::io("write beside", target))
    }

    /// Creates a folder in `dir`.
    ///
    /// # Errors
    /// The folder does not exist, or the system refuses.
    pub fn folder_in(dir: &Path) -> Result<Self, ArtifactError> {
        make(dir, true, |path| {
            fs::create_dir(path)?;
            Ok(File::open(path).ok())
        })
        .map_err(ArtifactError::io("create a folder in", dir))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends `bytes` to the file that will become `target`.
    ///
    /// # Errors
    /// The system refuses.
    pub fn write_all(&mut self, bytes: &[u8], target: &Path) -> Result<(), ArtifactError> {
        let path = self.path.clone();
        let file = self.open_file().map_err(ArtifactError::io("write", target))?;
        fs::write_all(file, &path, bytes).map_err(ArtifactError::writing(target, bytes.len()))
    }

    /// The file, for writing.
    ///
    /// # Errors
    /// The temporary is a folder.
    pub fn open_file(&mut self) -> io::Result<&mut File> {
        let file = self.lock.as_mut().and_then(Lockable::writable);
        file.ok_or_else(|| io::ErrorKind::IsADirectory.into())
    }

    /// Waits until the content of the file has reached the disk.
    ///
    /// # Errors
    /// The system refuses.
    pub fn sync(&self, target: &Path) -> Result<(), ArtifactError> {
        let Some(lock) = &self.lock else {
            return Ok(());
        };
        fs::sync_file(lock.file(), &self.path).map_err(ArtifactError::io("sync", target))
    }

    /// Renames it to `target`; removes it if that fails.
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
        // Whatever remains is swept later.
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
                let lock = file.map(|file| Lockable::new(file, !is_folder));
                let made = Temporary { path, lock, is_folder };
                if made.lock.as_ref().is_none_or(|lock| claim(lock, &made.path)) {
                    return Ok(made);
                }
            }
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => last = e,
            Err(e) => return Err(e),
        }
    }
    Err(last)
}

/// A name that no other process chooses.
pub(crate) fn name() -> String {
    let random = RandomState::new().hash_one(());
    match Owner::current() {
        Some(maker) => format!("{TEMPORARY_PREFIX}{random:016x}-{maker}"),
        None => format!("{TEMPORARY_PREFIX}{random:016x}"),
    }
}

/// The maker of a temporary, as far as its name says.
pub fn maker(path: &Path) -> Option<Owner> {
    let name = path.file_name()?.to_str()?.strip_prefix(TEMPORARY_PREFIX)?;
    name.split_once('-')?.1.parse().ok()
}

/// Locks a file just created; returns whether its name still refers to it.
#[cfg(unix)]
fn claim(lock: &Lockable, path: &Path) -> bool {
    match lock.try_exclusive() {
        Ok(Attempt::Held) => false,
        Ok(Attempt::Taken) => is_at(lock.file(), path),
        // Others will go by the maker in its name.
        Ok(Attempt::Impossible) | Err(_) => true,
    }
}

/// On such systems, locks keep others from reading and renaming, so nothing is locked or swept.
#[cfg(not(unix))]
fn claim(_lock: &Lockable, _path: &Path) -> bool {
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

/// Whether the last component of `path` is the name of a temporary.
pub fn is_temporary(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(TEMPORARY_PREFIX.as_bytes()))
}

/// Whether the maker of the temporary at `path` is dead. A symbolic link always counts as abandoned: its maker creates
/// another one.
pub fn is_abandoned(path: &Path) -> bool {
    examine(path).0 == Life::Dead
}

/// Whether the maker of the temporary at `path` is alive, as far as that can be found out.
pub fn life(path: &Path) -> Life {
    examine(path).0
}

/// Removes the temporary at `path` if its maker is dead; returns whether it did.
///
/// # Errors
/// It cannot be removed.
pub fn sweep(path: &Path) -> Result<bool, ArtifactError> {
    let (Life::Dead, _held) = examine(path) else {
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

/// What is known of the maker of a temporary, with the lock of one that is abandoned; a link has none.
fn examine(path: &Path) -> (Life, Option<Lockable>) {
    if std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink()) {
        return (Life::Dead, None);
    }
    match taken(path) {
        Some((Attempt::Taken, lock)) => (Life::Dead, Some(lock)),
        Some((Attempt::Impossible, _)) => (maker(path).map_or(Life::Unknown, |maker| maker.life()), None),
        Some((Attempt::Held, _)) | None => (Life::Living, None),
    }
}

/// The result of locking what is at `path`; none if it is not there, or not any more.
#[cfg(unix)]
fn taken(path: &Path) -> Option<(Attempt, Lockable)> {
    let lock = Lockable::open(path).ok()?;
    let attempt = lock.try_exclusive().ok()?;
    is_at(lock.file(), path).then_some((attempt, lock))
}

#[cfg(not(unix))]
fn taken(_path: &Path) -> Option<(Attempt, Lockable)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{Lacking, lack};

    /// The name of a file of this machine whose maker has ended.
    fn dead_name() -> String {
        match Owner::current() {
            Some(maker) => format!("{TEMPORARY_PREFIX}0-{}0", maker),
            None => name(),
        }
    }

    #[test]
    fn where_nothing_can_be_locked_the_maker_decides() {
        for lacking in [Lacking::Locks, Lacking::LocksOfUnwritable] {
            let _poor = lack(&[lacking]);
            let dir = tempfile::tempdir().unwrap();
            let file = Temporary::beside(&dir.path().join("a")).unwrap();
            let folder = Temporary::folder_in(dir.path()).unwrap();
            for live in [&file, &folder] {
                assert_eq!(life(live.path()), Life::Living);
            }
            let foreign = dir.path().join(format!("{TEMPORARY_PREFIX}1-{:016x}-1-1", 7));
            std::fs::create_dir(&foreign).unwrap();
            assert_eq!(life(&foreign), Life::Unknown);
            assert!(!sweep(&foreign).unwrap());
            let dead = dir.path().join(dead_name());
            std::fs::create_dir(&dead).unwrap();
            assert!(sweep(&dead).unwrap() && !dead.exists());
            std::fs::write(&dead, b"half").unwrap();
            assert!(sweep(&dead).unwrap() && !dead.exists());
        }
    }

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
