//! Whether a node is complete. Planning and running ask here, so that they cannot disagree.

use std::collections::BTreeMap;

use serl_artifacts::Digest;

use crate::error::{PipelineError, names};
use crate::graph::{ArtifactKind, Input, NodeKey, NodeSpec};
use crate::id::NodeId;
use crate::reason::Reason;
use crate::store::{Manifest, Output, Store};

/// What the store says about a node.
#[derive(Debug)]
pub(crate) enum Assessment {
    /// It is complete.
    Complete(Box<Manifest>),
    /// It must run.
    MustRun(Reason),
}

/// Looks the node up. Outputs must be there with the right length, except those that were dropped: [`super::needs`]
/// says whether one is needed again. Contents are checked where they are read, so that a run with nothing to do reads
/// no large file.
pub(crate) fn assess(store: &Store, key: &NodeKey) -> Assessment {
    let manifest = match store.manifest(key) {
        Ok(Some(manifest)) => manifest,
        Ok(None) => return Assessment::MustRun(Reason::NeverRan),
        Err(error) => {
            return Assessment::MustRun(Reason::ManifestUnreadable {
                error: error.to_string(),
            });
        }
    };
    let missing = manifest
        .outputs
        .iter()
        .find(|(_, output)| !output.dropped && !is_there(store, output))
        .map(|(name, _)| name.clone());
    match missing {
        None => Assessment::Complete(Box::new(manifest)),
        Some(name) => Assessment::MustRun(Reason::OutputMissing { name }),
    }
}

fn is_there(store: &Store, output: &Output) -> bool {
    let objects = store.objects();
    match output.kind {
        ArtifactKind::Blob => objects.size(&output.digest) == Some(output.bytes),
        ArtifactKind::Tree => objects.tree(&output.digest).is_ok_and(|tree| {
            tree.files
                .values()
                .all(|file| objects.size(&file.digest) == Some(file.bytes))
        }),
    }
}

/// Content digests of the node's inputs, from the manifests of the nodes before it.
///
/// # Errors
/// A node before it did not write the output.
pub(crate) fn input_digests<'m>(
    node: &NodeSpec,
    manifest_of: impl Fn(&NodeId) -> Option<&'m Manifest>,
) -> Result<BTreeMap<String, Digest>, PipelineError> {
    let digest = |input: &Input| match input {
        Input::External { digest, .. } => Ok(*digest),
        Input::Output { node, output } => {
            let outputs = manifest_of(node).map(|manifest| &manifest.outputs);
            let found = outputs.and_then(|outputs| outputs.get(output));
            found
                .map(|found| found.digest)
                .ok_or_else(|| PipelineError::NoSuchOutput {
                    node: node.clone(),
                    output: output.clone(),
                    known: outputs.map(names).unwrap_or_default(),
                })
        }
    };
    node.inputs
        .iter()
        .map(|(name, input)| Ok((name.clone(), digest(input)?)))
        .collect()
}
