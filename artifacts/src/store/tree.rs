//! Folders as objects: a tree is a blob that lists files by name, digest and length.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use super::ObjectStore;
use crate::{ArtifactError, Digest};

/// A file of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeFile {
    /// Digest of its content.
    pub digest: Digest,
    /// Length in bytes.
    pub bytes: u64,
}

/// The files of a folder, by name relative to it (`/` between levels).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    /// The files.
    pub files: BTreeMap<String, TreeFile>,
}

impl Tree {
    /// The tree as a blob: JSON without spaces, names in byte order.
    pub fn to_bytes(&self) -> Vec<u8> {
        let files: Vec<String> = self
            .files
            .iter()
            .map(|(name, file)| {
                let name = serde_json::Value::from(name.as_str());
                format!("{name}:{{\"digest\":\"{}\",\"bytes\":{}}}", file.digest, file.bytes)
            })
            .collect();
        format!("{{\"files\":{{{}}}}}", files.join(",")).into_bytes()
    }

    /// Digest of the blob, which identifies the content of the whole folder.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.to_bytes())
    }

    /// Length in bytes of all files together; of what a listing that nobody wrote claims, at most [`u64::MAX`].
    pub fn bytes(&self) -> u64 {
        self.files.values().fold(0, |sum, file| sum.saturating_add(file.bytes))
    }

    /// The tree of only the files `names`.
    ///
    /// # Errors
    /// The tree lacks one of the files.
    pub fn share(&self, names: &[String]) -> Result<Self, ArtifactError> {
        let mut share = Self::default();
        for name in names {
            let file = self.files.get(name).ok_or_else(|| ArtifactError::Tree {
                tree: self.digest().to_hex(),
                reason: format!("it has no file `{name}`"),
            })?;
            share.files.insert(name.clone(), *file);
        }
        Ok(share)
    }

    /// Hashes the files `names` of `dir` without storing them.
    ///
    /// # Errors
    /// A file cannot be read, or a name points outside the folder.
    pub fn of_files(dir: &Path, names: &[String]) -> Result<Self, ArtifactError> {
        Self::collect(dir, names, Digest::of_file)
    }

    fn collect(
        dir: &Path,
        names: &[String],
        mut take: impl FnMut(&Path) -> Result<(Digest, u64), ArtifactError>,
    ) -> Result<Self, ArtifactError> {
        let mut tree = Self::default();
        for name in names {
            check_name(&dir.display().to_string(), name)?;
            let (digest, bytes) = take(&dir.join(name))?;
            tree.files.insert(name.clone(), TreeFile { digest, bytes });
        }
        Ok(tree)
    }
}

/// Refuses names that do not stay inside the folder on every system, whoever wrote them.
fn check_name(tree: &str, name: &str) -> Result<(), ArtifactError> {
    let plain = |part: &str| {
        let forbidden = |c: char| c.is_control() || c == '\\';
        !matches!(part, "" | "." | "..") && !part.contains(forbidden)
    };
    let inside = Path::new(name).components().all(|c| matches!(c, Component::Normal(_)));
    if inside && name.split('/').all(plain) {
        return Ok(());
    }
    Err(ArtifactError::Tree {
        tree: tree.to_owned(),
        reason: format!("file name `{}` leads out of the folder", name.escape_debug()),
    })
}

impl ObjectStore {
    /// Stores copies of the files `names` of `dir`, and the tree that lists them.
    ///
    /// # Errors
    /// A file cannot be read or stored, or a name points outside the folder.
    pub fn put_tree(&self, dir: &Path, names: &[String]) -> Result<(Digest, Tree), ArtifactError> {
        self.put_listing(Tree::collect(dir, names, |path| self.put_file(path))?)
    }

    /// Like [`ObjectStore::put_tree`], but moves the files out of `dir`.
    ///
    /// # Errors
    /// Those of [`ObjectStore::put_tree`].
    pub fn adopt_tree(&self, dir: &Path, names: &[String]) -> Result<(Digest, Tree), ArtifactError> {
        self.put_listing(Tree::collect(dir, names, |path| self.adopt_file(path))?)
    }

    fn put_listing(&self, tree: Tree) -> Result<(Digest, Tree), ArtifactError> {
        Ok((self.put_bytes(&tree.to_bytes())?, tree))
    }

    /// The tree stored under `digest`. Verifies the listing but not the files.
    ///
    /// # Errors
    /// Those of [`ObjectStore::read`], or the object is not a tree.
    pub fn tree(&self, digest: &Digest) -> Result<Tree, ArtifactError> {
        let wrong = |reason: String| ArtifactError::Tree {
            tree: digest.to_hex(),
            reason,
        };
        let tree: Tree = serde_json::from_slice(&self.read(digest)?).map_err(|e| wrong(e.to_string()))?;
        for name in tree.files.keys() {
            check_name(&digest.to_hex(), name)?;
            let mut above = Path::new(name).ancestors().skip(1).filter_map(Path::to_str);
            if above.any(|above| tree.files.contains_key(above)) {
                return Err(wrong(format!("`{}` is in a file", name.escape_debug())));
            }
        }
        Ok(tree)
    }
}
