//! Checkpoints inside a node: folders of which only the last counts.
//!
//! A checkpoint is `<step>-<digest>/`, renamed into place after its files are synced. Older ones are removed after
//! that, so there is a whole one at every moment. The digest is that of the node, the step and all files: one that a
//! disk has damaged, or that is another node's, is removed and the one before it, if still there, is taken.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serl_artifacts::atomic::{create_dir, sync_dir, sync_file};
use serl_artifacts::{ArtifactError, Digest, Tree, fs};

use crate::error::PipelineError;
use crate::store::{entries, remove_if_there};

/// A checkpoint that was whole when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The step it was made after.
    pub step: u64,
    /// Its folder; not to be written to.
    pub folder: PathBuf,
    /// Its files, with the digests that they must have where they are read.
    pub tree: Tree,
}

/// The last whole checkpoint of the node that works in `work`; damaged ones are removed.
pub(crate) fn latest(work: &Path) -> Result<Option<Checkpoint>, PipelineError> {
    let mut found = all(&folder(work))?;
    found.sort_unstable();
    while let Some((step, digest, folder)) = found.pop() {
        let tree = tree(&folder)?;
        if digest_of(work, step, &tree) == digest {
            return Ok(Some(Checkpoint { step, folder, tree }));
        }
        remove_if_there(&folder)?;
    }
    Ok(None)
}

/// Makes the folder `made` the checkpoint at `step` and removes the others.
pub(crate) fn commit(work: &Path, step: u64, made: &Path) -> Result<PathBuf, PipelineError> {
    let dir = folder(work);
    create_dir(&dir)?;
    let names = files(made)?;
    let mut folders = BTreeSet::from([made.to_owned()]);
    for name in &names {
        let file = made.join(name);
        sync_file(&file)?;
        folders.extend(file.parent().map(Path::to_owned));
    }
    for folder in &folders {
        sync_dir(folder)?;
    }
    let digest = digest_of(work, step, &tree(made)?);
    let path = dir.join(format!("{step:012}-{digest}"));
    // The same one again: it may be the only one, so it is not removed first.
    if path.exists() && digest_of(work, step, &tree(&path)?) == digest {
        remove_if_there(made)?;
    } else {
        if path.exists() {
            remove_if_there(&path)?;
        }
        fs::rename(made, &path).map_err(ArtifactError::io("rename into", &path))?;
    }
    sync_dir(&dir)?;
    for (_, _, other) in all(&dir)? {
        if other != path {
            remove_if_there(&other)?;
        }
    }
    Ok(path)
}

/// Whether the node that works in `work` has any checkpoint.
pub(crate) fn any_kept(work: &Path) -> bool {
    all(&folder(work)).is_ok_and(|found| !found.is_empty())
}

fn tree(path: &Path) -> Result<Tree, PipelineError> {
    Ok(Tree::of_files(path, &files(path)?)?)
}

/// Digest of the checkpoint with the files `tree`, of the node that works in `work`, the folder of its key.
fn digest_of(work: &Path, step: u64, tree: &Tree) -> Digest {
    let key = work.file_name().unwrap_or_default().to_string_lossy();
    let place = format!("{key}\n{step}\n");
    Digest::of_parts(&[place.as_bytes(), &tree.to_bytes()])
}

fn folder(work: &Path) -> PathBuf {
    work.join("checkpoints")
}

fn all(dir: &Path) -> Result<Vec<(u64, Digest, PathBuf)>, PipelineError> {
    let parse = |path: PathBuf| {
        let (step, digest) = path.file_name()?.to_str()?.split_once('-')?;
        Some((step.parse().ok()?, digest.parse().ok()?, path))
    };
    Ok(entries(dir)?.into_iter().filter_map(parse).collect())
}

/// Names of all files below `dir`, relative to it, `/` between levels.
fn files(dir: &Path) -> Result<Vec<String>, PipelineError> {
    let mut names = Vec::new();
    for path in entries(dir)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            names.extend(files(&path)?.into_iter().map(|below| format!("{name}/{below}")));
        } else {
            names.push(name);
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn make(dir: &Path, content: &str) -> PathBuf {
        let made = dir.join("made");
        fs::create_dir_all(made.join("policy")).unwrap();
        fs::write(made.join("state"), content).unwrap();
        fs::write(made.join("policy/weights"), content).unwrap();
        made
    }

    #[test]
    fn the_last_one_stays() {
        let dir = tempfile::tempdir().unwrap();
        let kept = dir.path();
        assert_eq!(latest(kept).unwrap(), None);
        for step in [9, 10] {
            commit(kept, step, &make(dir.path(), &step.to_string())).unwrap();
        }
        let Checkpoint { step, folder: path, .. } = latest(kept).unwrap().unwrap();
        assert_eq!(
            (step, fs::read_to_string(path.join("policy/weights")).unwrap()),
            (10, "10".to_owned())
        );
        assert_eq!(entries(&folder(kept)).unwrap().len(), 1);
        assert!(!dir.path().join("made").exists());
    }

    #[test]
    fn a_damaged_one_gives_way_to_the_one_before() {
        let dir = tempfile::tempdir().unwrap();
        let kept = dir.path();
        let first = commit(kept, 1, &make(dir.path(), "one")).unwrap();
        let aside = dir.path().join("aside");
        fs::rename(&first, &aside).unwrap();
        let second = commit(kept, 2, &make(dir.path(), "two")).unwrap();
        fs::rename(&aside, &first).unwrap();
        fs::write(second.join("policy/weights"), "twx").unwrap();
        let found = latest(kept).unwrap().unwrap();
        assert_eq!((found.step, &found.folder), (1, &first));
        assert_eq!(found.tree.files["state"].digest, Digest::of(b"one"));
        assert!(!second.exists());
    }

    #[test]
    fn one_of_another_step_or_node_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        let made = commit(&one, 1, &make(dir.path(), "one")).unwrap();
        let name = made.file_name().unwrap().to_str().unwrap();
        let later = folder(&one).join(name.replacen('1', "2", 1));
        fs::rename(&made, &later).unwrap();
        assert_eq!(latest(&one).unwrap(), None);
        let made = commit(&one, 1, &make(dir.path(), "one")).unwrap();
        fs::create_dir_all(folder(&two)).unwrap();
        fs::rename(&made, folder(&two).join(name)).unwrap();
        assert_eq!(latest(&two).unwrap(), None);
    }

    #[test]
    fn the_same_one_again_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let first = commit(dir.path(), 1, &make(dir.path(), "one")).unwrap();
        let again = commit(dir.path(), 1, &make(dir.path(), "one")).unwrap();
        assert_eq!(first, again);
        assert!(!dir.path().join("made").exists());
        let found = latest(dir.path()).unwrap().unwrap();
        assert_eq!((found.step, found.folder), (1, again));
    }
}
