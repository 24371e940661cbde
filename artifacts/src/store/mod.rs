//! The object store: immutable blobs named by their digest.
//!
//! ```text
//! <root>/objects/ab/cdef…      the blob with digest abcdef…, read-only
//!       /trees/<digest>/…      the folder that a tree blob describes, as links into objects/
//!       /quarantine/<digest>   blobs found damaged, set aside for inspection
//!       /objects.lock          see hold.rs
//! ```
//! An object appears under its name by a single rename of a synced file (see [`crate::atomic`]), so an object was whole
//! when it was created. Two writers of the same object race harmlessly: both rename the same bytes. Storing an object
//! that exists checks it and replaces it if it is damaged, so storing again always heals. Knows neither manifests nor
//! runs, and so not which objects are still needed.

mod checkout;
mod hold;
mod incoming;
mod layout;
mod tree;

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::atomic::{create_dir, publish, sync_dir, sync_file};
use crate::temporary::Temporary;
use crate::{ArtifactError, Digest, fs};

pub use hold::Hold;
pub use incoming::Incoming;
pub use tree::{Tree, TreeFile};

/// A store of immutable blobs under one folder.
#[derive(Debug, Clone)]
pub struct ObjectStore {
    root: PathBuf,
}

impl ObjectStore {
    /// Opens the store under `root`; creates its folders if they do not exist.
    ///
    /// # Errors
    /// The folders cannot be created.
    pub fn open(root: &Path) -> Result<Self, ArtifactError> {
        let store = Self::at(root);
        store.make_folders()?;
        Ok(store)
    }

    /// The store under `root`, whose folders may be missing: nothing can be stored then.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Creates the folders that do not exist.
    ///
    /// # Errors
    /// The system refuses.
    pub fn make_folders(&self) -> Result<(), ArtifactError> {
        create_dir(&self.objects_folder())?;
        create_dir(&self.trees_folder())
    }

    /// Whether the object's file exists. Does not check its content.
    pub fn contains(&self, digest: &Digest) -> bool {
        self.path(digest).is_file()
    }

    /// Length of the object's file in bytes; `None` if there is no file. Does not check its content.
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

    /// Stores a copy of the file at `source`; returns its digest and length. The digest is that of the copied bytes, so
    /// a source that changes meanwhile cannot lead to a wrong name.
    ///
    /// # Errors
    /// The file cannot be read, or the copy cannot be written.
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

    /// Stores the file at `source` by moving it, without copying if the file systems allow; returns its digest and
    /// length. No one may have the file open for writing.
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

    /// The file that contains the object's bytes, for readers. Does not check its content.
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

    /// Reads an object and verifies its digest.
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

    /// Verifies the digest of an object.
    ///
    /// # Errors
    /// Those of [`ObjectStore::read`].
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

    /// Moves an object's file to `quarantine/`, so that the store no longer has the object. Does nothing if there is no
    /// file.
    ///
    /// # Errors
    /// The file cannot be moved.
    pub fn quarantine(&self, digest: &Digest) -> Result<(), ArtifactError> {
        self.set_aside(&self.path(digest), &digest.to_hex())
    }

    /// Moves a file of the store to `quarantine/`, under the name `name`. Does nothing if there is no file.
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

    /// Whether the object is here to stay: intact, its name on the disk, and its age reset, so that garbage collection
    /// spares it. If its age cannot be reset (the file belongs to another user), it is not, and must be written again.
    fn is_kept(&self, digest: &Digest) -> Result<bool, ArtifactError> {
        let path = self.path(digest);
        match self.verify(digest) {
            Ok(()) => {}
            Err(ArtifactError::Damaged { .. }) => {
                self.quarantine(digest)?;
                return Ok(false);
            }
            // Something else that has its name, such as a folder.
            Err(ArtifactError::Missing { .. }) if path.symlink_metadata().is_ok() => {
                self.set_aside(&path, &format!("strange-{digest}"))?;
                return Ok(false);
            }
            Err(_) => return Ok(false),
        }
        match fs::freshen(&path) {
            // Nothing can be removed there either.
            Err(e) if e.kind() == io::ErrorKind::ReadOnlyFilesystem => return Ok(true),
            Err(_) => return Ok(!self.is_writable()),
            Ok(()) => {}
        }
        // Its maker may not have got this far, or died before.
        sync_dir(fs::parent(&path))?;
        Ok(true)
    }

    /// Whether this user may add objects.
    fn is_writable(&self) -> bool {
        Temporary::beside(&self.objects_folder().join("any")).is_ok()
    }

    fn missing_or(&self, error: io::Error, digest: &Digest) -> ArtifactError {
        let path = self.path(digest);
        match error.kind() {
            io::ErrorKind::NotFound => ArtifactError::Missing { digest: *digest, path },
            _ => ArtifactError::io("read", &path)(error),
        }
    }
}

/// Makes a temporary read-only and renames it.
fn seal(file: Temporary, path: &Path) -> Result<(), ArtifactError> {
    fs::make_read_only(file.path()).map_err(ArtifactError::io("write-protect", path))?;
    publish(file, path)
}

#[cfg(test)]
mod tests;
