//! The nodes of a run's record that are of other settings.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{Graph, NodeKey};
use crate::id::NodeId;
use crate::plan::input_digests;
use crate::store::{Manifest, Store};

/// Which of `nodes` are not those that `graph` would give: made with another configuration, seed or version, or from
/// what such nodes made. A node whose manifest cannot be read is one of them.
pub(super) fn stale(store: &Store, graph: &Graph, nodes: &BTreeMap<NodeId, NodeKey>) -> BTreeSet<NodeId> {
    let mut current: BTreeMap<NodeId, Manifest> = BTreeMap::new();
    let mut stale = BTreeSet::new();
    for node in graph.nodes() {
        let Some(key) = nodes.get(&node.id) else { continue };
        // An input of a stale node has no digest, which makes its readers stale.
        let digests = input_digests(node, |id| current.get(id));
        let same = digests.is_ok_and(|digests| node.material(digests).key() == *key);
        match store.manifest(key).ok().flatten().filter(|_| same) {
            Some(manifest) => drop(current.insert(node.id.clone(), manifest)),
            None => drop(stale.insert(node.id.clone())),
        }
    }
    stale
}
