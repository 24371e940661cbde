//! Nothing is removed while something is being stored.
//!
//! Whoever stores an object, or decides that one that is there will do, holds `objects.lock` together with others;
//! whoever removes objects holds it alone. Without it, an object could be found whole by the one and removed by the
//! other a moment later. The lock is the operating system's: it ends with its process. Where a file system has none,
//! age alone must do.

use std::fs::File;
use std::io;

use super::ObjectStore;
use crate::{ArtifactError, fs};

/// A held lock on the objects; given up when dropped.
#[derive(Debug)]
#[must_use]
pub struct Hold {
    _file: Option<File>,
}

impl ObjectStore {
    /// Keeps every object from being removed for as long as the result lives; waits for whoever is removing.
    ///
    /// # Errors
    /// The lock's file cannot be made.
    pub fn hold(&self) -> Result<Hold, ArtifactError> {
        self.lock(File::lock_shared)
    }

    /// For removing: waits for those who are storing, and keeps them waiting for as long as the result lives.
    ///
    /// # Errors
    /// The lock's file cannot be made.
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
