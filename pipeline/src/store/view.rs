//! The human-readable view: a run's outputs under names that users can guess.
//!
//! `<root>/runs/<run>/<iteration>/<stage>[.<round>]/<output>` leads to the object or the checked-out folder. Nothing
//! reads the view; it may be deleted at any time, and the next run recreates it.

use serl_artifacts::link;

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
        let target = match output.kind {
            ArtifactKind::Blob => store.objects().path(&output.digest),
            ArtifactKind::Tree => {
                let path = store.objects().checkout_path(&output.digest);
                if path.is_dir() {
                    path
                } else {
                    store.objects().checkout(&output.digest)?
                }
            }
        };
        link::place(&target, &folder.join(name))?;
    }
    Ok(())
}
