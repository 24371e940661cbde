//! Copies in the human-readable view: where there are no links, and in copies of a store that have followed them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serl_artifacts::ObjectStore;

use crate::graph::{ArtifactKind, NodeKey};
use crate::store::{Manifest, Output, RunRecord, Store};

/// Copies that differ from what the run wrote, each with its run.
pub(super) fn bad(
    store: &Store,
    records: &BTreeMap<String, RunRecord>,
    nodes: &BTreeMap<NodeKey, Manifest>,
) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for (run, record) in records {
        for (id, key) in &record.nodes {
            let folder = store.view_path(run).join(id.as_str());
            let outputs = nodes.get(key).into_iter().flat_map(|manifest| &manifest.outputs);
            for (name, output) in outputs.filter(|(_, output)| !output.dropped) {
                let path = folder.join(name);
                if !path.is_symlink() && path.exists() && !is_copy_of(store.objects(), &path, output) {
                    found.push((path, run.clone()));
                }
            }
        }
    }
    found
}

fn is_copy_of(objects: &ObjectStore, path: &Path, output: &Output) -> bool {
    match output.kind {
        ArtifactKind::Blob => objects.is_name_of(&output.digest, path),
        ArtifactKind::Tree => {
            let tree = objects.tree(&output.digest);
            tree.is_ok_and(|tree| objects.has_exactly(&tree, path))
        }
    }
}
