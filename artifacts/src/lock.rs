//! Locks of the operating system, and what to make of file systems that lack them.
//!
//! Network file systems differ. NFSv4 grants an exclusive lock only on a descriptor that is open for writing, and so
//! none on a folder. Others have no locks at all, and say so in different ways (`ENOLCK`, `ENOSYS`, `EOPNOTSUPP`,
//! Linux's `ENOTSUPP`, `EINVAL`).

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

#[cfg(any(test, feature = "fault-injection"))]
use crate::fault::{self, Lacking};
use crate::fs;

/// The result of trying to take a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It is held until the file is closed.
    Taken,
    /// Somebody else holds it.
    Held,
    /// The file system cannot lock this file.
    Impossible,
}

/// A file that is open for locking.
#[derive(Debug)]
pub struct Lockable {
    file: File,
    is_writable: bool,
}

impl Lockable {
    /// Opens an existing file or folder: for writing if that is allowed, since some file systems lock nothing else.
    ///
    /// # Errors
    /// It does not exist, or the system refuses.
    pub fn open(path: &Path) -> io::Result<Self> {
        match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => Ok(Self::new(file, true)),
            Err(e) if is_unwritable(&e) => Ok(Self::new(File::open(path)?, false)),
            Err(e) => Err(e),
        }
    }

    /// Like [`Lockable::open`], but creates an empty file if there is none.
    ///
    /// # Errors
    /// The system refuses.
    pub fn create(path: &Path) -> io::Result<Self> {
        match fs::open_or_create(path) {
            Ok(file) => Ok(Self::new(file, true)),
            // Another user's: it may still be locked.
            Err(e) if is_unwritable(&e) => match File::open(path) {
                Ok(file) => Ok(Self::new(file, false)),
                Err(_) => Err(e),
            },
            Err(e) => Err(e),
        }
    }

    /// A file that is open already.
    pub fn new(file: File, is_writable: bool) -> Self {
        Self { file, is_writable }
    }

    /// The open file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// The open file, for writing; none if that is not allowed.
    pub fn writable(&mut self) -> Option<&mut File> {
        self.is_writable.then_some(&mut self.file)
    }

    /// Takes the lock for itself if nobody has it.
    ///
    /// # Errors
    /// The system refuses for another reason than a lack of locks.
    pub fn try_exclusive(&self) -> io::Result<Attempt> {
        self.attempt(true, || tried(self.file.try_lock()))
    }

    /// Shares the lock if nobody has it for himself.
    ///
    /// # Errors
    /// As for [`Lockable::try_exclusive`].
    pub fn try_shared(&self) -> io::Result<Attempt> {
        self.attempt(false, || tried(self.file.try_lock_shared()))
    }

    /// Takes the lock for itself; waits for those who have it.
    ///
    /// # Errors
    /// As for [`Lockable::try_exclusive`].
    pub fn exclusive(&self) -> io::Result<Attempt> {
        self.attempt(true, || waited(|| self.file.lock()))
    }

    /// Shares the lock; waits for whoever has it for himself.
    ///
    /// # Errors
    /// As for [`Lockable::try_exclusive`].
    pub fn shared(&self) -> io::Result<Attempt> {
        self.attempt(false, || waited(|| self.file.lock_shared()))
    }

    fn attempt(&self, is_exclusive: bool, take: impl FnOnce() -> io::Result<Attempt>) -> io::Result<Attempt> {
        #[cfg(any(test, feature = "fault-injection"))]
        if fault::require(Lacking::Exclusion).is_err() {
            return Ok(Attempt::Taken);
        }
        match fs::around_lock(is_exclusive, self.is_writable, take) {
            Err(e) if is_lack_of_locks(&e) => Ok(Attempt::Impossible),
            taken => taken,
        }
    }
}

fn tried(result: Result<(), TryLockError>) -> io::Result<Attempt> {
    match result {
        Ok(()) => Ok(Attempt::Taken),
        Err(TryLockError::WouldBlock) => Ok(Attempt::Held),
        Err(TryLockError::Error(e)) => Err(e),
    }
}

fn waited(take: impl Fn() -> io::Result<()>) -> io::Result<Attempt> {
    loop {
        match take() {
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            taken => return taken.map(|()| Attempt::Taken),
        }
    }
}

fn is_unwritable(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem | ErrorKind::IsADirectory
    )
}

/// Whether the file system has said that it cannot lock the file.
fn is_lack_of_locks(error: &io::Error) -> bool {
    /// `EBADF`, `EINVAL`: the same numbers on all systems.
    const EVERYWHERE: [i32; 2] = [9, 22];
    /// `ENOLCK`, `EOPNOTSUPP`, and the `ENOTSUPP` that should never leave the kernel.
    #[cfg(target_os = "linux")]
    const HERE: [i32; 3] = [37, 95, 524];
    /// `ENOLCK`, `ENOTSUP`, `EOPNOTSUPP` of the BSDs.
    #[cfg(not(target_os = "linux"))]
    const HERE: [i32; 3] = [77, 45, 102];
    let known = |code: i32| EVERYWHERE.contains(&code) || HERE.contains(&code);
    error.kind() == ErrorKind::Unsupported || error.raw_os_error().is_some_and(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::lack;

    fn file() -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        (dir, path)
    }

    #[test]
    fn one_has_it_alone_or_several_share_it() {
        let (_dir, path) = file();
        let (one, two) = (Lockable::create(&path).unwrap(), Lockable::open(&path).unwrap());
        assert_eq!(one.try_exclusive().unwrap(), Attempt::Taken);
        assert_eq!(two.try_exclusive().unwrap(), Attempt::Held);
        assert_eq!(two.try_shared().unwrap(), Attempt::Held);
        drop(one);
        let three = Lockable::open(&path).unwrap();
        assert_eq!(two.shared().unwrap(), Attempt::Taken);
        assert_eq!(three.try_shared().unwrap(), Attempt::Taken);
    }

    #[test]
    fn a_file_system_without_locks_is_no_error() {
        for (code, is_lack) in [
            (37, true),
            (38, true),
            (95, true),
            (524, true),
            (9, true),
            (5, false),
            (13, false),
        ] {
            let error = io::Error::from_raw_os_error(code);
            assert_eq!(
                is_lack_of_locks(&error),
                is_lack || cfg!(not(target_os = "linux")),
                "{code}"
            );
        }
        let (dir, path) = file();
        let _without = lack(&[Lacking::Locks]);
        assert_eq!(
            Lockable::create(&path).unwrap().exclusive().unwrap(),
            Attempt::Impossible
        );
        drop(_without);
        let _as_nfs = lack(&[Lacking::LocksOfUnwritable]);
        assert_eq!(Lockable::open(&path).unwrap().try_exclusive().unwrap(), Attempt::Taken);
        let folder = Lockable::open(dir.path()).unwrap();
        assert_eq!(folder.try_exclusive().unwrap(), Attempt::Impossible);
        assert_eq!(folder.try_shared().unwrap(), Attempt::Taken);
    }
}
