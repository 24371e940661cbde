//! The object store: immutable blobs named by their digest.
//!
//! ```text
//! <root>/objects/ab/cdef…      the blob with digest abcdef…, read-only
//!       /trees/<digest>/…      the folder that a tree blob describes, as links into objects/
//!       /quarantine/<digest>   blobs found damaged, set aside for inspection
//!       /objects.lock          see hold.rs
//! ```
//! An object appears under its name by one rename of a synced file (see [`crate::atomic`]), so a name that exists was
//! whole when it was made. Two writers of the same object race harmlessly: both rename the same bytes. Putting an
//! object that is there checks the one that is there and replaces it if it is damaged, so storing again always heals.
//! Knows no manifest and no run: it cannot tell which objects are still needed.

mod hold;
mod layout;
mod tree;

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::atomic::{create_dir, publish, sync_dir, sync_file};
use crate::temporary::Temporary;
use crate::{ArtifactError, Digest, fs};

pub use hold::Hold;
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
        let store = Self { root: root.to_owned() };
        create_dir(&store.objects_folder())?;
        create_dir(&store.trees_folder())?;
        Ok(store)
    }

    /// Whether there is a file for the object; says nothing about its content.
    pub fn contains(&self, digest: &Digest) -> bool {
        self.path(digest).is_file()
    }

    /// Length in bytes of the object's file, none if there is no file; says nothing about its content.
    pub fn size(&self, digest: &Digest) -> Option<u64> {
        std::fs::metadata(self.path(digest))
            .ok()
            .filter(Metadata::is_file)
            .map(|m| m.len())
    }

    /// Stores `bytes`.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put_bytes(&self, bytes: &[u8]) -> Result<Digest, ArtifactError> {
        let digest = Digest::of(bytes);
        let path = self.path(&digest);
        let _held = self.hold()?;
        if self.is_kept(&digest)? {
            return Ok(digest);
        }
        create_dir(fs::parent(&path))?;
        let mut file = Temporary::beside(&path)?;
        file.write_all(bytes, &path)?;
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
        let length = from.metadata().map_or(0, |meta| meta.len());
        let target = self.objects_folder().join("any");
        let mut file = Temporary::beside(&target)?;
        let temporary = file.path().to_owned();
        let to = file.open_file().map_err(ArtifactError::io("write", &target))?;
        fs::copy(&mut from, to, &temporary).map_err(ArtifactError::writing(source, length as usize))?;
        let (digest, bytes) = Digest::of_file(file.path())?;
        let _held = self.hold()?;
        if !self.is_kept(&digest)? {
            let path = self.path(&digest);
            create_dir(fs::parent(&path))?;
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
        let remove = || fs::remove_file(source).map_err(ArtifactError::io("remove", source));
        let (digest, bytes) = Digest::of_file(source)?;
        let path = self.path(&digest);
        let _held = self.hold()?;
        if self.is_kept(&digest)? {
            remove()?;
            return Ok((digest, bytes));
        }
        create_dir(fs::parent(&path))?;
        fs::make_read_only(source).map_err(ArtifactError::io("write-protect", source))?;
        sync_file(source)?;
        if fs::rename(source, &path).is_ok() {
            sync_dir(fs::parent(&path))?;
            return Ok((digest, bytes));
        }
        let copied = self.put_file(source)?;
        remove()?;
        Ok(copied)
    }

    /// The file that holds the object's bytes, for those who read them; says nothing about its content.
    ///
    /// # Errors
    /// [`ArtifactError::Missing`].
    pub fn local(&self, digest: &Digest) -> Result<PathBuf, ArtifactError> {
        let path = self.path(digest);
        if path.is_file() {
            return Ok(path);
        }
        Err(ArtifactError::Missing { digest: *digest, path })
    }

    /// The bytes of an object, checked against its digest.
    ///
    /// # Errors
    /// [`ArtifactError::Missing`], [`ArtifactError::Damaged`], or the file cannot be read.
    pub fn read(&self, digest: &Digest) -> Result<Vec<u8>, ArtifactError> {
        let path = self.path(digest);
        let bytes = std::fs::read(&path).map_err(|e| self.missing_or(e, digest))?;
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
        let path = self.local(digest)?;
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
        self.set_aside(&self.path(digest), &digest.to_hex())
    }

    /// Moves a file of the store to `quarantine/`, under the name `name`; nothing happens if it is not there.
    ///
    /// # Errors
    /// The file cannot be moved.
    pub fn set_aside(&self, path: &Path, name: &str) -> Result<(), ArtifactError> {
        let aside = self.quarantine_folder();
        create_dir(&aside)?;
        match fs::rename(path, &aside.join(name)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            moved => moved.map_err(ArtifactError::io("set aside", path))?,
        }
        sync_dir(&aside)?;
        sync_dir(fs::parent(path))
    }

    /// Whether the object is here to stay: whole, its name on the disk, and young again for whoever collects garbage by
    /// age. One that cannot be made young (it is another user's) is not: it is written anew.
    fn is_kept(&self, digest: &Digest) -> Result<bool, ArtifactError> {
        let path = self.path(digest);
        match self.verify(digest) {
            Ok(()) => {}
            Err(ArtifactError::Damaged { .. }) => {
                self.quarantine(digest)?;
                return Ok(false);
            }
            Err(_) => return Ok(false),
        }
        match fs::freshen(&path) {
            // Nothing is removed there either.
            Err(e) if e.kind() == io::ErrorKind::ReadOnlyFilesystem => return Ok(true),
            Err(_) => return Ok(false),
            Ok(()) => {}
        }
        // Whoever made it may not have come to this, or died before it.
        sync_dir(fs::parent(&path))?;
        Ok(true)
    }

    fn missing_or(&self, error: io::Error, digest: &Digest) -> ArtifactError {
        let path = self.path(digest);
        match error.kind() {
            io::ErrorKind::NotFound => ArtifactError::Missing { digest: *digest, path },
            _ => ArtifactError::io("read", &path)(error),
        }
    }
}

/// Makes a temporary read-only and gives it its name.
fn seal(file: Temporary, path: &Path) -> Result<(), ArtifactError> {
    fs::make_read_only(file.path()).map_err(ArtifactError::io("write-protect", path))?;
    publish(file, path)
}

#[cfg(test)]
mod tests;
