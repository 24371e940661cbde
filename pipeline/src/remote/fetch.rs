//! Complete nodes from the remote.

use std::collections::BTreeSet;

use serl_artifacts::{ArtifactError, Digest};
use serl_remote::Link;

use super::keys;
use super::objects::{self, Arrival};
use crate::error::PipelineError;
use crate::graph::ArtifactKind;
use crate::store::{Manifest, Store, commit};

/// What has become of a node that was wanted.
pub(crate) enum Fetched {
    /// It is complete here, for so many bytes that were transferred.
    Complete(u64),
    /// The remote does not have all of it.
    Incomplete,
}

/// Brings what `manifest` names into the store, and then the manifest. Outputs that it marks as dropped stay where they
/// are, apart from the listings of folders.
///
/// # Errors
/// The remote cannot be reached, or the store not written to.
pub(crate) fn fetch(store: &Store, link: &Link, manifest: &Manifest) -> Result<Fetched, PipelineError> {
    let mut bytes = 0;
    let mut bring = |digest: &Digest| -> Result<bool, PipelineError> {
        let arrival = objects::fetch(store, link, digest)?;
        if let Arrival::Here(transferred) = arrival {
            bytes += transferred;
            return Ok(true);
        }
        Ok(false)
    };
    for output in manifest.outputs.values() {
        let mut is_here = bring(&output.digest)?;
        if is_here && output.kind == ArtifactKind::Tree && !output.dropped {
            for file in files(store, &output.digest)? {
                is_here &= bring(&file)?;
            }
        }
        if !is_here {
            link.suspect(&keys::manifest(&manifest.key));
            return Ok(Fetched::Incomplete);
        }
    }
    commit::publish(store, manifest)?;
    Ok(Fetched::Complete(bytes))
}

/// The files of a folder. One that is no listing has none: whoever reads it will say so.
fn files(store: &Store, listing: &Digest) -> Result<BTreeSet<Digest>, PipelineError> {
    match store.objects().tree(listing) {
        Ok(tree) => Ok(tree.files.values().map(|file| file.digest).collect()),
        Err(ArtifactError::Tree { .. }) => Ok(BTreeSet::new()),
        Err(error) => Err(error.into()),
    }
}
