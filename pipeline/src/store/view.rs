//! The view for people: a run's outputs under names they can guess.
//!
//! `<root>/runs/<run>/<iteration>/<stage>[.<round>]/<output>` leads to the object or the checked-out folder. Nothing
//! reads the view; it may be deleted at any time and is made anew by the next run.

use std::path::PathBuf;

use serl_artifacts::link;

use super::Store;
use super::files::remove_if_there;
use super::manifest::Manifest;
use crate::error::PipelineError;
use crate::graph::{Kind, NodeSpec};

/// Makes the links of one complete node, and removes those of outputs that were dropped; those that lead where they
/// should are left alone.
pub(crate) fn refresh(store: &Store, run: &str, node: &NodeSpec, manifest: &Manifest) -> Result<(), PipelineError> {
    let folder = folder(store, run, node);
    for (name, output) in &manifest.outputs {
        if output.dropped {
            remove_if_there(&folder.join(name))?;
            continue;
        }
        let target = match output.kind {
            Kind::Blob => store.objects().path(&output.digest),
            Kind::Tree => {
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

fn folder(store: &Store, run: &str, node: &NodeSpec) -> PathBuf {
    let stage = match node.round {
        Some(round) => format!("{}.{round}", node.stage),
        None => node.stage.clone(),
    };
    let iteration = store.view_path(run).join(node.iteration.to_string());
    iteration.join(stage)
}
