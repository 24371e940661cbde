//! The human-readable view: a run's outputs under names that users can guess.
//!
//! `<root>/runs/<run>/<iteration>/<stage>[.<round>]/<output>` is a link to the object or, for a folder, one with hard
//! links to its files, which can be copied as it is. Nothing reads the view; it may be deleted at any time, and the
//! next run recreates it. On a file system without such links it consists of others, or of copies.

use std::path::Path;

use serl_artifacts::link;

use super::Store;
use super::files::remove_if_there;
use super::manifest::Manifest;
use crate::error::PipelineError;
use crate::graph::{ArtifactKind, NodeSpec};

/// Makes the links of one complete node, and removes those of outputs that were dropped; those that lead where they
/// should are left alone.
pub(crate) fn refresh(store: &Store, run: &str, node: &NodeSpec, manifest: &Manifest) -> Result<(), PipelineError> {
    lay_out(
        store,
        &store.node_view_path(run, node.iteration, &node.stage, node.round),
        manifest,
    )
}

impl Store {
    /// Makes the links of one complete node in the view of run `run`, for runs that were brought here.
    ///
    /// # Errors
    /// An object is missing, or the system refuses.
    pub fn show(
        &self,
        run: &str,
        iteration: u32,
        stage: &str,
        round: Option<u32>,
        manifest: &Manifest,
    ) -> Result<(), PipelineError> {
        let _held = self.objects().hold()?;
        lay_out(self, &self.node_view_path(run, iteration, stage, round), manifest)
    }
}

fn lay_out(store: &Store, folder: &Path, manifest: &Manifest) -> Result<(), PipelineError> {
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
            ArtifactKind::Tree => objects.lay_out(&output.digest, &path)?,
        }
    }
    Ok(())
}
