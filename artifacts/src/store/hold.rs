//! A lock that keeps objects from being removed while others are stored.
//!
//! A process that stores an object, or decides that an existing one will do, holds `objects.lock` jointly with others;
//! a process that removes objects holds it alone. Without the lock, one process could find an object intact and another
//! remove it a moment later. It is a lock of the operating system and ends with its process. On a file system without
//! locks nothing is excluded, and whoever wants to remove must see to it that nobody stores: see
//! [`Hold::is_effective`].

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use super::ObjectStore;
use crate::ArtifactError;
use crate::lock::{Attempt, Lockable};

/// A lock held on the objects; released when dropped.
#[derive(Debug)]
#[must_use]
pub struct Hold {
    _lock: Option<Lockable>,
    is_effective: bool,
}

impl Hold {
    /// Whether others are kept out: not on a file system without locks.
    pub fn is_effective(&self) -> bool {
        self.is_effective
    }
}

impl ObjectStore {
    /// Keeps every object from being removed while the result lives. Waits for a process that is removing.
    ///
    /// # Errors
    /// The lock file cannot be created.
    pub fn hold(&self) -> Result<Hold, ArtifactError> {
        self.lock(Lockable::shared)
    }

    /// Allows removing: waits for processes that are storing, and blocks them while the result lives.
    ///
    /// # Errors
    /// The lock file cannot be created.
    pub fn exclude(&self) -> Result<Hold, ArtifactError> {
        self.lock(Lockable::exclusive)
    }

    /// Whether the file system has locks, as far as it can be asked.
    pub fn has_locks(&self) -> bool {
        let attempt = Lockable::create(&self.lock_path()).and_then(|lock| lock.try_shared());
        !matches!(attempt, Ok(Attempt::Impossible))
    }

    fn lock_path(&self) -> PathBuf {
        self.root.join("objects.lock")
    }

    fn lock(&self, take: impl Fn(&Lockable) -> io::Result<Attempt>) -> Result<Hold, ArtifactError> {
        let path = self.lock_path();
        let refused = |e| ArtifactError::io("lock", &path)(e);
        let lock = match Lockable::create(&path) {
            // This user stores and removes nothing there.
            Err(e) if matches!(e.kind(), ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied) => {
                return Ok(Hold {
                    _lock: None,
                    is_effective: false,
                });
            }
            opened => opened.map_err(refused)?,
        };
        let is_effective = take(&lock).map_err(refused)? == Attempt::Taken;
        Ok(Hold {
            _lock: Some(lock),
            is_effective,
        })
    }
}
