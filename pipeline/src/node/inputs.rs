//! Inputs of a node that is about to run: found, checked, and given a path.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serl_artifacts::{ArtifactError, Digest, ObjectStore, Tree};

use crate::error::PipelineError;
use crate::graph::{ArtifactKind, Input, NodeSpec};
use crate::id::NodeId;

/// An input of a node that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedInput {
    /// Digest of its content.
    pub digest: Digest,
    /// The file, or the folder; not to be written to.
    pub path: PathBuf,
    /// The files of a folder with the digests that they must have where they are read: they may have changed since the
    /// node began, or since the graph was made if the folder comes from outside. None: it is a file.
    pub tree: Option<Arc<Tree>>,
}

/// Checks inputs against their digests, each object once.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    whole: HashSet<Digest>,
}

impl Checker {
    /// The node's inputs by name, all of them checked. Folders from outside are checked where they are read.
    ///
    /// # Errors
    /// [`PipelineError::Damaged`] for a stored object that is missing or damaged, [`PipelineError::ExternalChanged`]
    /// for one from outside.
    pub(crate) fn resolve(
        &mut self,
        objects: &ObjectStore,
        node: &NodeSpec,
        digests: &BTreeMap<String, Digest>,
        kind_of: impl Fn(&NodeId, &str) -> ArtifactKind,
    ) -> Result<BTreeMap<String, ResolvedInput>, PipelineError> {
        let mut resolved = BTreeMap::new();
        for ((name, input), digest) in node.inputs.iter().zip(digests.values()) {
            let (path, tree) = match input {
                Input::External { path, tree, .. } => {
                    if !is_unchanged(path, tree.is_some(), digest) {
                        return Err(PipelineError::ExternalChanged {
                            node: node.id.clone(),
                            input: name.clone(),
                            path: path.clone(),
                        });
                    }
                    (path.clone(), tree.clone())
                }
                Input::Output { node: from, output } => {
                    let stored = self.stored(objects, kind_of(from, output), digest);
                    stored.map_err(|e| damage(e, node, name))?
                }
            };
            let input = ResolvedInput {
                digest: *digest,
                path,
                tree,
            };
            resolved.insert(name.clone(), input);
        }
        Ok(resolved)
    }

    fn stored(
        &mut self,
        objects: &ObjectStore,
        kind: ArtifactKind,
        digest: &Digest,
    ) -> Result<(PathBuf, Option<Arc<Tree>>), ArtifactError> {
        if kind == ArtifactKind::Blob {
            self.verify(objects, digest)?;
            return Ok((objects.local(digest)?, None));
        }
        let tree = objects.tree(digest)?;
        for file in tree.files.values() {
            self.verify(objects, &file.digest)?;
        }
        Ok((objects.checkout(digest)?, Some(Arc::new(tree))))
    }

    fn verify(&mut self, objects: &ObjectStore, digest: &Digest) -> Result<(), ArtifactError> {
        if !self.whole.contains(digest) {
            objects.verify(digest)?;
            self.whole.insert(*digest);
        }
        Ok(())
    }

    /// Forgets that the object was whole.
    pub(crate) fn forget(&mut self, digest: &Digest) {
        self.whole.remove(digest);
    }
}

fn is_unchanged(path: &Path, is_folder: bool, digest: &Digest) -> bool {
    if is_folder {
        path.is_dir()
    } else {
        Digest::of_file(path).is_ok_and(|(found, _)| found == *digest)
    }
}

/// Turns the object store's error about a bad object into one that the run can repair.
pub(crate) fn damage(error: ArtifactError, node: &NodeSpec, input: &str) -> PipelineError {
    match error {
        ArtifactError::Damaged { expected: digest, .. } | ArtifactError::Missing { digest, .. } => {
            PipelineError::Damaged {
                node: node.id.clone(),
                input: input.to_owned(),
                digest,
            }
        }
        other => other.into(),
    }
}
