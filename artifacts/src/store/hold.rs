//! A lock that keeps objects from being removed while others are stored.
//!
//! A process that stores an object, or decides that an existing one will do, holds `objects.lock` jointly with others;
//! a process that removes objects holds it alone. Without the lock, one process could find an object intact and another
//! remove it a moment later. It is a lock of the operating system and ends with its process. On a file system without
//! locks, only the age of objects protects them.

use std::fs::File;
use std::io;

use super::ObjectStore;
use crate::{ArtifactError, fs};

/// A lock held on the objects; released when dropped.
#[derive(Debug)]
#[must_use]
pub struct Hold {
    _file: Option<File>,
}

impl ObjectStore {
    /// Keeps every object from being removed while the result lives. Waits for a process that is removing.
    ///
    /// # Errors
    /// The lock file cannot be created.
    pub fn hold(&self) -> Result<Hold, ArtifactError> {
        self.lock(File::lock_shared)
    }

    /// Allows removing: waits for processes that are storing, and blocks them while the result lives.
    ///
    /// # Errors
    /// The lock file cannot be created.
    pub fn exclude(&self) -> Result<Hold, ArtifactError> {
        self.lock(File::lock)
    }

    fn lock(&self, take: impl Fn(&File) -> io::Result<()>) -> Result<Hold, ArtifactError> {
        let path = self.root.join("objects.lock");
        let refused = |e| ArtifactError::io("lock", &path)(e);
        let file = match fs::open_or_create(&path) {
            // Nothing can be removed there.
            Err(e) if e.kind() == io::ErrorKind::ReadOnlyFilesystem => {
                return Ok(Hold { _file: None });
            }
            opened => opened.map_err(refused)?,
        };
        loop {
            match take(&file) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() != io::ErrorKind::Unsupported => return Err(refused(e)),
                _ => return Ok(Hold { _file: Some(file) }),
            }
        }
    }
}
