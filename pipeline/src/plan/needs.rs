//! Outputs that were dropped and are needed again.

use std::collections::{BTreeMap, BTreeSet};

use super::assess::{Assessment, assess, input_digests};
use crate::error::PipelineError;
use crate::graph::{Graph, Input, NodeSpec, Retention, Selection};
use crate::id::NodeId;
use crate::reason::Reason;
use crate::store::{Manifest, Store};

/// Outputs of one node that are needed, each with the first node that reads it; none if the output itself is requested.
pub(crate) type Needed = BTreeMap<String, Option<NodeId>>;

/// Why a complete node must run again: the first of the outputs `needed` that was dropped.
pub(crate) fn reason_to_redo(manifest: &Manifest, needed: &Needed) -> Option<Reason> {
    let dropped = |name: &String| manifest.outputs.get(name).is_some_and(|o| o.dropped);
    let (name, needed_by) = needed.iter().find(|(name, _)| dropped(name))?;
    Some(Reason::OutputDropped {
        name: name.clone(),
        needed_by: needed_by.clone(),
    })
}

/// The outputs that the caller of a run requests: selecting a node requests those of its outputs that are kept.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    retention: &'a Retention,
    named: BTreeSet<NodeId>,
}

impl<'a> Request<'a> {
    /// # Errors
    /// The selection names something that does not exist.
    pub(crate) fn new(graph: &Graph, selection: &Selection, retention: &'a Retention) -> Result<Self, PipelineError> {
        let named = selection.named(graph)?;
        Ok(Self { retention, named })
    }

    /// The outputs of `node` that are requested.
    pub(crate) fn of(&self, node: &NodeId, manifest: &Manifest) -> Needed {
        if !self.named.contains(node) {
            return Needed::new();
        }
        let kept = |name: &&String| !self.retention.is_temporary(node, name);
        let names = manifest.outputs.keys().filter(kept);
        names.map(|name| (name.clone(), None)).collect()
    }
}

/// The dropped outputs of complete nodes that the nodes `runs` read, and the dropped outputs needed to rebuild those.
/// `nodes` are in the graph's order, `complete` holds the manifests of those that are complete.
pub(crate) fn backwards<'a>(
    nodes: &[&'a NodeSpec],
    complete: &BTreeMap<&'a NodeId, Manifest>,
    mut runs: BTreeSet<&'a NodeId>,
) -> BTreeMap<NodeId, Needed> {
    let mut found: BTreeMap<NodeId, Needed> = BTreeMap::new();
    // Backwards, every node is met after all that read of it.
    for reader in nodes.iter().rev() {
        if !runs.contains(&reader.id) {
            continue;
        }
        for input in reader.inputs.values() {
            if let Input::Output { node, output } = input
                && complete.get(node).is_some_and(|m| is_dropped(m, output))
            {
                runs.insert(node);
                let needed = found.entry(node.clone()).or_default();
                needed.insert(output.clone(), Some(reader.id.clone()));
            }
        }
    }
    found
}

fn is_dropped(manifest: &Manifest, output: &str) -> bool {
    manifest.outputs.get(output).is_some_and(|o| o.dropped)
}

/// All that was dropped and is certain to be needed again when `nodes` are brought to completion. Nodes whose key is
/// not known yet may turn out to be complete, so they need nothing here.
///
/// # Errors
/// A node takes an output that the node before it did not write.
pub(crate) fn certain(
    store: &Store,
    nodes: &[&NodeSpec],
    request: &Request<'_>,
) -> Result<BTreeMap<NodeId, Needed>, PipelineError> {
    let mut complete: BTreeMap<&NodeId, Manifest> = BTreeMap::new();
    let mut runs: BTreeSet<&NodeId> = BTreeSet::new();
    for node in nodes {
        if !node.upstream().all(|id| complete.contains_key(id)) {
            continue;
        }
        let inputs = input_digests(node, |id| complete.get(id))?;
        match assess(store, &node.material(inputs).key()) {
            Assessment::MustRun(_) => drop(runs.insert(&node.id)),
            Assessment::Complete(manifest) => {
                let asked = request.of(&node.id, &manifest);
                if reason_to_redo(&manifest, &asked).is_some() {
                    runs.insert(&node.id);
                }
                complete.insert(&node.id, *manifest);
            }
        }
    }
    Ok(backwards(nodes, &complete, runs))
}
