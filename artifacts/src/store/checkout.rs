//! The folder that a tree describes, for those who read files by name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{ObjectStore, Tree, TreeFile};
use crate::atomic::{create_dir, sync_dir};
use crate::temporary::Temporary;
use crate::{ArtifactError, Digest, fs, link};

impl ObjectStore {
    /// The folder of a tree, at [`ObjectStore::checkout_path`]; created if it does not exist, and mended if it lacks a
    /// file, has another one, or one that is none of the tree's. Its files are names of objects (see [`link::place`]),
    /// so do not write to them. The contents of objects are not verified: see [`ObjectStore::verify`].
    ///
    /// # Errors
    /// The tree or one of its objects is missing, or the folder cannot be created.
    pub fn checkout(&self, digest: &Digest) -> Result<PathBuf, ArtifactError> {
        let trees = self.trees_folder();
        let folder = self.checkout_path(digest);
        let tree = self.tree(digest)?;
        for file in tree.files.values() {
            self.local(&file.digest)?;
        }
        if is_folder(&folder) {
            self.fill(&tree, &folder)?;
            return Ok(folder);
        }
        remove_file(&folder)?;
        let temporary = Temporary::folder_in(&trees)?;
        for dir in self.fill(&tree, temporary.path())? {
            sync_dir(&dir)?;
        }
        match temporary.rename(&folder) {
            Ok(()) => sync_dir(&trees)?,
            // Another process created the same folder first.
            Err(_) if is_folder(&folder) => {}
            Err(e) => return Err(ArtifactError::io("rename into", &folder)(e)),
        }
        Ok(folder)
    }

    /// Whether the folder of a tree does not exist or has exactly the tree's files.
    pub fn is_checked_out_whole(&self, digest: &Digest, tree: &Tree) -> bool {
        let folder = self.checkout_path(digest);
        let is_there = std::fs::symlink_metadata(&folder).is_ok();
        !is_there || is_folder(&folder) && self.has_exactly(tree, &folder)
    }

    /// Whether `folder` has the files of the tree, as links or copies, and no others.
    pub fn has_exactly(&self, tree: &Tree, folder: &Path) -> bool {
        let is_whole = |(name, file): (&String, &TreeFile)| self.is_name_of(&file.digest, &folder.join(name));
        tree.files.iter().all(is_whole) && strays(tree, folder).is_ok_and(|strays| strays.is_empty())
    }

    /// Whether the file at `path` is the object: a link to it, or a copy.
    pub fn is_name_of(&self, digest: &Digest, path: &Path) -> bool {
        if link::is_same(path, &self.path(digest)) {
            return true;
        }
        let is_file = std::fs::metadata(path).is_ok_and(|meta| meta.is_file());
        is_file && Digest::of_file(path).is_ok_and(|(found, _)| found == *digest)
    }

    /// Makes `folder` a folder of the tree for people: its files are hard links or copies, so that `cp -r` copies their
    /// contents. Whatever else is there is replaced at once.
    ///
    /// # Errors
    /// The tree or one of its objects is missing, or the system refuses.
    pub fn lay_out(&self, digest: &Digest, folder: &Path) -> Result<(), ArtifactError> {
        let tree = self.tree(digest)?;
        let is_linked = |(name, file): (&String, &TreeFile)| {
            let path = folder.join(name);
            !path.is_symlink() && link::is_same(&path, &self.path(&file.digest))
        };
        let is_clean = || strays(&tree, folder).is_ok_and(|strays| strays.is_empty());
        if is_folder(folder) && tree.files.iter().all(is_linked) && is_clean() {
            return Ok(());
        }
        create_dir(fs::parent(folder))?;
        let temporary = Temporary::folder_in(fs::parent(folder))?;
        for (name, file) in &tree.files {
            let is_hard = link::place_file(&self.local(&file.digest)?, &temporary.path().join(name))?;
            // Without hard links, what was copied once is not copied again.
            if !is_hard && self.is_copied(&tree, folder) {
                return Ok(());
            }
        }
        remove_file(folder)?;
        link::clear(folder)?;
        temporary
            .rename(folder)
            .map_err(ArtifactError::io("rename into", folder))
    }

    /// Whether `folder` itself has copies of the files of the tree and no others.
    fn is_copied(&self, tree: &Tree, folder: &Path) -> bool {
        let is_file = |name: &String| !folder.join(name).is_symlink();
        is_folder(folder) && tree.files.keys().all(is_file) && self.has_exactly(tree, folder)
    }

    /// Makes `folder` the folder of the tree: places the files that are not there yet, and removes those that are none
    /// of the tree's. Returns all folders in it.
    ///
    /// # Errors
    /// The system refuses.
    fn fill(&self, tree: &Tree, folder: &Path) -> Result<BTreeSet<PathBuf>, ArtifactError> {
        let remove = |path: &Path| match is_folder(path) {
            true => fs::remove_dir_all(path).map_err(ArtifactError::io("remove", path)),
            false => fs::remove_file(path).map_err(ArtifactError::io("remove", path)),
        };
        remove_file(folder)?;
        create_dir(folder)?;
        for stray in strays(tree, folder)? {
            remove(&stray)?;
        }
        let mut folders = BTreeSet::from([folder.to_owned()]);
        for (name, file) in &tree.files {
            let path = folder.join(name);
            link::place(&self.path(&file.digest), &path)?;
            folders.insert(fs::parent(&path).to_owned());
        }
        Ok(folders)
    }
}

/// Whether it is a folder itself, not a link to one.
fn is_folder(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir())
}

/// Removes a file or link in place of a folder: what a link leads to is not ours to write to.
fn remove_file(path: &Path) -> Result<(), ArtifactError> {
    match std::fs::symlink_metadata(path) {
        Ok(meta) if !meta.is_dir() => fs::remove_file(path).map_err(ArtifactError::io("remove", path)),
        _ => Ok(()),
    }
}

/// What is in `folder` that the tree does not have there: a reader could take it for a file of the tree. Hidden files,
/// which systems leave everywhere, are read by nobody.
fn strays(tree: &Tree, folder: &Path) -> Result<Vec<PathBuf>, ArtifactError> {
    let above = |name: &String| {
        Path::new(name)
            .ancestors()
            .skip(1)
            .map(Path::to_owned)
            .collect::<Vec<_>>()
    };
    let folders: BTreeSet<PathBuf> = tree.files.keys().flat_map(above).collect();
    let mut found = Vec::new();
    // Links are not followed: what they lead to is not ours.
    for dir in folders.iter().map(|dir| folder.join(dir)).filter(|dir| is_folder(dir)) {
        for entry in std::fs::read_dir(&dir).map_err(ArtifactError::io("list", &dir))? {
            let path = entry.map_err(ArtifactError::io("list", &dir))?.path();
            let is_hidden = path
                .file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            let inside = path.strip_prefix(folder).unwrap_or(&path);
            let is_file = inside.to_str().is_some_and(|name| tree.files.contains_key(name));
            let is_dir = folders.contains(inside) && is_folder(&path);
            if !is_hidden && !is_file && !is_dir {
                found.push(path);
            }
        }
    }
    Ok(found)
}
