//! The human-readable view: a run's outputs under names that users can guess.
//!
//! `<root>/runs/<run>/<iteration>/<stage>[.<round>]/<output>` leads to the object or the checked-out folder. Nothing
//! reads the view; it may be deleted at any time, and the next run recreates it. On a file system without symbolic
//! links it consists of hard links or copies.

use std::path::Path;

use serl_artifacts::{Digest, ObjectStore, link};

use super::Store;
use super::files::remove_if_there;
use super::manifest::Manifest;
use crate::error::PipelineError;
use crate::graph::{ArtifactKind, NodeSpec};

/// Makes the links of one complete node, and removes those of outputs that were dropped; those that lead where they
/// should are left alone.
pub(crate) fn refresh(store: &Store, run: &str, node: &NodeSpec, manifest: &Manifest) -> Result<(), PipelineError> {
    let folder = store.node_view_path(run, node.iteration, &node.stage, node.round);
    for (name, output) in &manifest.outputs {
        if output.dropped {
            remove_if_there(&folder.join(name))?;
            continue;
        }
        let (objects, path) = (store.objects(), folder.join(name));
        match output.kind {
            ArtifactKind::Blob => {
                link::place(&objects.path(&output.digest), &path)?;
            }
            ArtifactKind::Tree => place_tree(objects, &output.digest, &path)?,
        }
    }
    Ok(())
}

/// Makes `path` a link to the checked-out folder or, where there are no links to folders, a folder of the same files.
fn place_tree(objects: &ObjectStore, digest: &Digest, path: &Path) -> Result<(), PipelineError> {
    let folder = objects.checkout_path(digest);
    if !folder.is_dir() {
        objects.checkout(digest)?;
    }
    if !link::place_folder(&folder, path)? {
        objects.fill(&objects.tree(digest)?, path)?;
    }
    Ok(())
}
