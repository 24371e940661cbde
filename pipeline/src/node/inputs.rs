//! Inputs of a node that is about to run: found, checked, and given a path.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use serl_artifacts::{ArtifactError, Digest, ObjectStore};

use crate::error::PipelineError;
use crate::graph::{ArtifactKind, Input, NodeSpec};

/// An input of a node that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedInput {
    /// Digest of its content.
    pub digest: Digest,
    /// Blob or tree.
    pub kind: ArtifactKind,
    /// The file, or the folder; not to be written to.
    pub path: PathBuf,
}

/// Checks inputs against their digests, each object once.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    whole: HashSet<Digest>,
}

impl Checker {
    /// The node's inputs by name, all of them checked. Folders from outside are taken as they are: whoever hashed them
    /// did so for this run.
    ///
    /// # Errors
    /// [`PipelineError::Damaged`] for a stored object that is missing or damaged, [`PipelineError::ExternalChanged`]
    /// for one from outside.
    pub(crate) fn resolve(
        &mut self,
        objects: &ObjectStore,
        node: &NodeSpec,
        digests: &BTreeMap<String, Digest>,
        kind_of: impl Fn(&Input) -> ArtifactKind,
    ) -> Result<BTreeMap<String, ResolvedInput>, PipelineError> {
        let mut resolved = BTreeMap::new();
        for ((name, input), digest) in node.inputs.iter().zip(digests.values()) {
            let kind = kind_of(input);
            let path = match input {
                Input::External { path, .. } => {
                    if !is_unchanged(path, kind, digest) {
                        return Err(PipelineError::ExternalChanged {
                            node: node.id.clone(),
                            input: name.clone(),
                            path: path.clone(),
                        });
                    }
                    path.clone()
                }
                Input::Output { .. } => self.stored(objects, kind, digest).map_err(|e| damage(e, node, name))?,
            };
            resolved.insert(
                name.clone(),
                ResolvedInput {
                    digest: *digest,
                    kind,
                    path,
                },
            );
        }
        Ok(resolved)
    }

    fn stored(&mut self, objects: &ObjectStore, kind: ArtifactKind, digest: &Digest) -> Result<PathBuf, ArtifactError> {
        if kind == ArtifactKind::Blob {
            self.verify(objects, digest)?;
            return objects.local(digest);
        }
        for file in objects.tree(digest)?.files.values() {
            self.verify(objects, &file.digest)?;
        }
        objects.checkout(digest)
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

fn is_unchanged(path: &Path, kind: ArtifactKind, digest: &Digest) -> bool {
    match kind {
        ArtifactKind::Tree => path.is_dir(),
        ArtifactKind::Blob => Digest::of_file(path).is_ok_and(|(found, _)| found == *digest),
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
