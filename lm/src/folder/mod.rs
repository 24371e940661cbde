//! Folders to load from, and the files of a model folder that loading reads.
//!
//! Whoever computes something and notes what it was computed from must compute it from exactly that: a [`Folder`] with
//! digests hands out a file only if its bytes have the digest expected of it, checked on the bytes that are used.
//! Knows names and bytes, not what is in a file, except for the names of weights in an index.

mod file;
mod index;
mod model;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::LmError;

pub(crate) use index::stays_inside;
pub(crate) use model::{CONFIG, GENERATION, INDEX, ModelFiles, TOKENIZER, TOKENIZER_CONFIG, WEIGHTS, WeightFiles};

/// A folder to load from: of a model, of an adapter or of a trainer.
#[derive(Debug, Clone)]
pub struct Folder {
    dir: PathBuf,
    digests: Option<Arc<BTreeMap<String, [u8; 32]>>>,
}

/// A file that is too large to be read at once.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub path: PathBuf,
    /// Its name relative to the folder.
    pub name: String,
    /// The BLAKE3 digest that its bytes must have.
    pub digest: Option<[u8; 32]>,
}

impl Folder {
    /// The folder as it is when it is read.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            digests: None,
        }
    }

    /// The folder as it was when its files had these BLAKE3 digests. Loading fails with [`LmError::Changed`] if a file
    /// that it reads has another one; files that are not named count as absent.
    pub fn with_digests(dir: impl Into<PathBuf>, digests: impl IntoIterator<Item = (String, [u8; 32])>) -> Self {
        Self {
            dir: dir.into(),
            digests: Some(Arc::new(digests.into_iter().collect())),
        }
    }

    /// Where it is.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The path of its file `name`.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The bytes of its file `name`; none if there is no such file.
    ///
    /// # Errors
    /// Something that is not a regular file or too large to be read at once, a file that cannot be read or has changed.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, LmError> {
        let path = self.path(name);
        let Some(digests) = &self.digests else {
            return file::read(&path);
        };
        let Some(digest) = digests.get(name) else {
            return Ok(None);
        };
        match file::read(&path)? {
            Some(bytes) if blake3::hash(&bytes).as_bytes() == digest => Ok(Some(bytes)),
            _ => Err(LmError::Changed { path }),
        }
    }

    /// Its file `name`, to be read piece by piece; none if there is no such file.
    ///
    /// # Errors
    /// Something that is not a regular file.
    pub(crate) fn source(&self, name: &str) -> Result<Option<Source>, LmError> {
        let digest = match &self.digests {
            None => None,
            Some(digests) => match digests.get(name) {
                None => return Ok(None),
                digest => digest.copied(),
            },
        };
        let source = Source {
            path: self.path(name),
            name: name.to_owned(),
            digest,
        };
        match file::exists(&source.path)? {
            true => Ok(Some(source)),
            false if digest.is_some() => Err(LmError::Changed { path: source.path }),
            false => Ok(None),
        }
    }
}

impl Source {
    /// Opens the file; with its length in bytes.
    pub fn open(&self) -> Result<(File, u64), LmError> {
        let absent = || LmError::io("read", &self.path)(std::io::ErrorKind::NotFound.into());
        file::open(&self.path)?.ok_or_else(absent)
    }

    /// The reason why the file cannot be used: that it has changed, if it has, else `error`.
    pub fn blame(&self, error: LmError) -> LmError {
        match self.digest {
            Some(digest) if self.found().is_none_or(|found| found != digest) => LmError::Changed {
                path: self.path.clone(),
            },
            _ => error,
        }
    }

    /// The digest that the file has now.
    fn found(&self) -> Option<[u8; 32]> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(self.open().ok()?.0).ok()?;
        Some(*hasher.finalize().as_bytes())
    }
}

impl<P: AsRef<Path> + ?Sized> From<&P> for Folder {
    fn from(dir: &P) -> Self {
        Self::new(dir.as_ref())
    }
}

impl From<&Folder> for Folder {
    fn from(folder: &Folder) -> Self {
        folder.clone()
    }
}
