//! Objects that come from elsewhere, under a digest that is known before their bytes are.

use std::path::PathBuf;

use super::{ObjectStore, seal};
use crate::atomic::create_dir;
use crate::temporary::Temporary;
use crate::{ArtifactError, Digest, fs};

/// An object on its way in. Dropped before [`Incoming::finish`], it leaves nothing.
#[derive(Debug)]
pub struct Incoming<'a> {
    store: &'a ObjectStore,
    expected: Digest,
    path: PathBuf,
    file: Temporary,
    hasher: blake3::Hasher,
}

impl ObjectStore {
    /// Begins an object that will have the digest `expected`.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn receive(&self, expected: &Digest) -> Result<Incoming<'_>, ArtifactError> {
        let path = self.path(expected);
        create_dir(fs::parent(&path))?;
        Ok(Incoming {
            store: self,
            expected: *expected,
            file: Temporary::beside(&path)?,
            path,
            hasher: blake3::Hasher::new(),
        })
    }

    /// Whether the object is here to stay: its content is read and verified, its age reset. A damaged one is set aside.
    ///
    /// # Errors
    /// The system refuses.
    pub fn keeps(&self, digest: &Digest) -> Result<bool, ArtifactError> {
        let _held = self.hold()?;
        self.is_kept(digest)
    }
}

impl Incoming<'_> {
    /// Adds the next bytes.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), ArtifactError> {
        self.hasher.update(bytes);
        self.file.write_all(bytes, &self.path)
    }

    /// Stores the object; returns its length.
    ///
    /// # Errors
    /// [`ArtifactError::Damaged`] if it has another digest: nothing is stored then. Or it cannot be stored.
    pub fn finish(self) -> Result<u64, ArtifactError> {
        let found = Digest::from(*self.hasher.finalize().as_bytes());
        if found != self.expected {
            return Err(ArtifactError::Damaged {
                path: self.path,
                expected: self.expected,
                found,
            });
        }
        let _held = self.store.hold()?;
        seal(self.file, &self.path)?;
        Ok(self.hasher.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_the_digest_is_stored() {
        let dir = tempfile::tempdir().unwrap();
        let store = ObjectStore::open(dir.path()).unwrap();
        let digest = Digest::of(b"whole");
        let receive = |parts: &[&[u8]]| {
            let mut incoming = store.receive(&digest).unwrap();
            parts.iter().for_each(|part| incoming.write(part).unwrap());
            incoming.finish()
        };
        for parts in [&[&b"whale"[..]][..], &[b"who"], &[]] {
            assert!(matches!(receive(parts), Err(ArtifactError::Damaged { .. })));
            assert!(!store.keeps(&digest).unwrap());
        }
        assert_eq!(receive(&[b"who", b"le"]).unwrap(), 5);
        assert_eq!(store.read(&digest).unwrap(), b"whole");
        assert!(store.keeps(&digest).unwrap());
        let folder = store.path(&digest);
        let beside = std::fs::read_dir(folder.parent().unwrap()).unwrap().count();
        assert_eq!(beside, 1, "no temporary is left");
    }
}
