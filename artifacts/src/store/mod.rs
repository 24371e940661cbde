//! The object store: immutable blobs named by their digest.
//!
//! ```text
//! <root>/objects/ab/cdef…      the blob with digest abcdef…, read-only
//!       /trees/<digest>/…      the folder that a tree blob describes, as links into objects/
//!       /quarantine/<digest>   blobs found damaged, set aside for inspection
//! ```
//! An object appears under its name by one rename of a synced file (see [`crate::atomic`]), so a name that exists was
//! whole when it was made. Two writers of the same object race harmlessly: both rename the same bytes. Putting an
//! object that is there checks the one that is there and replaces it if it is damaged, so storing again always heals.
//! Knows no manifest and no run: it cannot tell which objects are still needed.

mod tree;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::atomic::{create_dir, publish, sync_dir, temporary_beside};
use crate::{ArtifactError, Digest};

pub use tree::{Tree, TreeFile};

/// A store of immutable blobs under one folder.
#[derive(Debug, Clone)]
pub struct ObjectStore {
    root: PathBuf,
}

impl ObjectStore {
    /// Opens the store under `root`, making its folders if they are not there.
    ///
    /// # Errors
    /// The folders cannot be made.
    pub fn open(root: &Path) -> Result<Self, ArtifactError> {
        let store = Self {
            root: root.to_owned(),
        };
        for name in ["objects", "trees"] {
            create_dir(&root.join(name))?;
        }
        Ok(store)
    }

    /// Where the object is, or would be.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        let hex = digest.to_hex();
        let (shard, rest) = hex.split_at(2);
        let mut path = self.root.join("objects");
        path.push(shard);
        path.push(rest);
        path
    }

    /// Whether there is a file for the object; says nothing about its content.
    pub fn contains(&self, digest: &Digest) -> bool {
        self.path(digest).is_file()
    }

    /// Length in bytes of the object's file, none if there is no file; says nothing about its content.
    pub fn size(&self, digest: &Digest) -> Option<u64> {
        fs::metadata(self.path(digest))
            .ok()
            .filter(fs::Metadata::is_file)
            .map(|m| m.len())
    }

    /// Stores `bytes`.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put_bytes(&self, bytes: &[u8]) -> Result<Digest, ArtifactError> {
        let digest = Digest::of(bytes);
        let path = self.path(&digest);
        if self.is_whole(&digest) {
            return Ok(digest);
        }
        self.make_shard(&path)?;
        let mut file = temporary_beside(&path)?;
        file.write_all(bytes)
            .map_err(ArtifactError::io("write", &path))?;
        seal(file, &path)?;
        Ok(digest)
    }

    /// Stores a copy of the file at `source` and gives its digest and length. The digest is that of the copied bytes,
    /// so a source that changes meanwhile cannot give a wrong name.
    ///
    /// # Errors
    /// The file cannot be read or the copy not written.
    pub fn put_file(&self, source: &Path) -> Result<(Digest, u64), ArtifactError> {
        let mut from = File::open(source).map_err(ArtifactError::io("open", source))?;
        let objects = self.root.join("objects");
        let mut file = temporary_beside(&objects.join("any"))?;
        io::copy(&mut from, file.as_file_mut()).map_err(ArtifactError::io("copy", source))?;
        let (digest, bytes) = Digest::of_file(file.path())?;
        if !self.is_whole(&digest) {
            let path = self.path(&digest);
            self.make_shard(&path)?;
            seal(file, &path)?;
        }
        Ok((digest, bytes))
    }

    /// Stores the file at `source` by moving it, without copying where the file systems allow, and gives its digest and
    /// length. Nobody may hold the file open for writing.
    ///
    /// # Errors
    /// The file cannot be read or moved.
    pub fn adopt_file(&self, source: &Path) -> Result<(Digest, u64), ArtifactError> {
        let (digest, bytes) = Digest::of_file(source)?;
        let path = self.path(&digest);
        if !self.is_whole(&digest) {
            self.make_shard(&path)?;
            crate::atomic::sync_file(source)?;
            if fs::rename(source, &path).is_err() {
                let (copied, bytes) = self.put_file(source)?;
                fs::remove_file(source).map_err(ArtifactError::io("remove", source))?;
                return Ok((copied, bytes));
            }
            make_read_only(&path)?;
            sync_dir(crate::atomic::parent(&path))?;
        } else {
            fs::remove_file(source).map_err(ArtifactError::io("remove", source))?;
        }
        Ok((digest, bytes))
    }

    /// The bytes of an object, checked against its digest.
    ///
    /// # Errors
    /// [`ArtifactError::Missing`], [`ArtifactError::Damaged`], or the file cannot be read.
    pub fn read(&self, digest: &Digest) -> Result<Vec<u8>, ArtifactError> {
        let path = self.path(digest);
        let bytes = fs::read(&path).map_err(|e| self.missing_or(e, digest))?;
        let found = Digest::of(&bytes);
        if found == *digest {
            Ok(bytes)
        } else {
            Err(ArtifactError::Damaged {
                path,
                expected: *digest,
                found,
            })
        }
    }

    /// Checks the content of an object against its digest.
    ///
    /// # Errors
    /// As [`ObjectStore::read`].
    pub fn verify(&self, digest: &Digest) -> Result<(), ArtifactError> {
        let path = self.path(digest);
        if !self.contains(digest) {
            return Err(ArtifactError::Missing {
                digest: *digest,
                path,
            });
        }
        let (found, _) = Digest::of_file(&path)?;
        if found == *digest {
            Ok(())
        } else {
            Err(ArtifactError::Damaged {
                path,
                expected: *digest,
                found,
            })
        }
    }

    /// Moves an object's file to `quarantine/`, so that the store no longer has the object; nothing happens if it is
    /// not there.
    ///
    /// # Errors
    /// The file cannot be moved.
    pub fn quarantine(&self, digest: &Digest) -> Result<(), ArtifactError> {
        let (path, aside) = (self.path(digest), self.root.join("quarantine"));
        create_dir(&aside)?;
        match fs::rename(&path, aside.join(digest.to_hex())) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                Err(ArtifactError::io("set aside", &path)(e))
            }
            _ => Ok(()),
        }
    }

    fn is_whole(&self, digest: &Digest) -> bool {
        self.contains(digest) && self.verify(digest).is_ok()
    }

    fn make_shard(&self, path: &Path) -> Result<(), ArtifactError> {
        let shard = crate::atomic::parent(path);
        if !shard.is_dir() {
            create_dir(shard)?;
            sync_dir(&self.root.join("objects"))?;
        }
        Ok(())
    }

    fn missing_or(&self, error: io::Error, digest: &Digest) -> ArtifactError {
        let path = self.path(digest);
        match error.kind() {
            io::ErrorKind::NotFound => ArtifactError::Missing {
                digest: *digest,
                path,
            },
            _ => ArtifactError::io("read", &path)(error),
        }
    }
}

/// Makes a temporary read-only and gives it its name.
fn seal(file: NamedTempFile, path: &Path) -> Result<(), ArtifactError> {
    make_read_only(file.path())?;
    publish(file, path)
}

fn make_read_only(path: &Path) -> Result<(), ArtifactError> {
    #[cfg(unix)]
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o444);
    #[cfg(not(unix))]
    let permissions = {
        let mut permissions = fs::metadata(path)
            .map_err(ArtifactError::io("read", path))?
            .permissions();
        permissions.set_readonly(true);
        permissions
    };
    fs::set_permissions(path, permissions).map_err(ArtifactError::io("write-protect", path))
}

#[cfg(test)]
mod tests;
