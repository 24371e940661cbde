//! What must be complete before nodes that are requested alone can run.

use std::collections::{BTreeMap, BTreeSet};

use super::assess::{Assessment, assess, input_digests};
use super::elsewhere::in_remote;
use super::needs::{Needed, Request, backwards, certain};
use crate::error::PipelineError;
use crate::graph::{Graph, NodeSpec, Retention, Selection};
use crate::id::NodeId;
use crate::store::{Manifest, Store};

/// The nodes that must run before those that `selection` [names exactly](Selection::exactly) can, in the graph's order:
/// they are not complete, or an output that will be read was dropped. Nothing, if everything is there or the selection
/// names no nodes. Nothing is changed, and only manifests are read.
///
/// # Errors
/// The selection names something that does not exist, or a node takes an output that the node before it did not write.
pub fn missing(
    store: &Store,
    graph: &Graph,
    selection: &Selection,
    retention: &Retention,
) -> Result<Vec<NodeId>, PipelineError> {
    if !selection.is_exact() {
        return Ok(Vec::new());
    }
    let named = selection.named(graph)?;
    let again = needed_again(store, graph, &Request::new(graph, selection, retention)?)?;
    let nodes = selection.resolve(graph)?;
    let mut found = Found::default();
    for node in &nodes {
        found.look_at(store, node, &named, &again)?;
    }
    let dropped = backwards(&nodes, &found.complete, found.runs);
    let is_elsewhere = |id: &NodeId, needed: &Needed| {
        let key = found.complete.get(id).map(|manifest| manifest.key);
        key.is_some_and(|key| in_remote(store, &key, |_| needed.clone()).is_some())
    };
    let gone = dropped
        .iter()
        .filter(|(id, needed)| !named.contains(*id) && !is_elsewhere(id, needed));
    let gone: Vec<NodeId> = gone.map(|(id, _)| id.clone()).collect();
    found.missing.extend(gone);
    let first = nodes.iter().filter(|node| found.missing.contains(&node.id));
    Ok(first.map(|node| node.id.clone()).collect())
}

/// The dropped outputs that a run of the whole graph certainly needs: the nodes that wrote them run again, even if
/// nothing that reads them was requested.
///
/// # Errors
/// A node takes an output that the node before it did not write.
pub(crate) fn needed_again(
    store: &Store,
    graph: &Graph,
    request: &Request<'_>,
) -> Result<BTreeMap<NodeId, Needed>, PipelineError> {
    let everything: Vec<&NodeSpec> = graph.nodes().iter().collect();
    certain(store, &everything, request)
}

#[derive(Default)]
struct Found<'a> {
    complete: BTreeMap<&'a NodeId, Manifest>,
    /// Named nodes that will run.
    runs: BTreeSet<&'a NodeId>,
    missing: BTreeSet<NodeId>,
}

impl<'a> Found<'a> {
    fn look_at(
        &mut self,
        store: &Store,
        node: &'a NodeSpec,
        named: &BTreeSet<NodeId>,
        again: &BTreeMap<NodeId, Needed>,
    ) -> Result<(), PipelineError> {
        let known = node.upstream().all(|id| self.complete.contains_key(id));
        let complete = match known {
            true => {
                let inputs = input_digests(node, |id| self.complete.get(id))?;
                let key = node.material(inputs).key();
                match assess(store, &key) {
                    Assessment::Complete(manifest) => Some(*manifest),
                    Assessment::MustRun(_) => in_remote(store, &key, |_| Needed::new()),
                }
            }
            false => None,
        };
        if let Some(manifest) = complete {
            self.complete.insert(&node.id, manifest);
            if named.contains(&node.id) && again.contains_key(&node.id) {
                self.runs.insert(&node.id);
            }
        } else if named.contains(&node.id) {
            self.runs.insert(&node.id);
        } else {
            self.missing.insert(node.id.clone());
        }
        Ok(())
    }
}
