//! Which outputs a run drops once they are read, and which it needs again.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{ArtifactKind, Graph, Retention};
use crate::id::NodeId;
use crate::plan::needs::Needed;
use crate::plan::{Request, reason_to_redo};
use crate::reason::Reason;
use crate::store::{Manifest, Output, Store};

/// What a run knows of outputs that it drops or needs again.
pub(super) struct Retained<'a> {
    pub(super) request: Request<'a>,
    /// Outputs to be dropped, with the nodes that must be complete before.
    readers: BTreeMap<(NodeId, String), BTreeSet<NodeId>>,
    /// Dropped outputs that nodes which must run read.
    pub(super) needed: BTreeMap<NodeId, Needed>,
    /// Complete nodes that will run again, and read again what they read.
    pub(super) again: BTreeSet<NodeId>,
    /// Whether files of dropped outputs are left, of this run or of one that died.
    pub(super) leftover: bool,
}

impl<'a> Retained<'a> {
    pub(super) fn new(graph: &Graph, request: Request<'a>, retention: &Retention) -> Self {
        Self {
            request,
            readers: retention.readers(graph),
            needed: BTreeMap::new(),
            again: BTreeSet::new(),
            leftover: false,
        }
    }

    /// Why the complete node must run again.
    pub(super) fn reason(&self, node: &NodeId, manifest: &Manifest) -> Option<Reason> {
        let mut needed = self.request.of(node, manifest);
        needed.extend(self.needed.get(node).cloned().unwrap_or_default());
        reason_to_redo(manifest, &needed)
    }

    /// Whether a node that must run reads the output, which was dropped.
    pub(super) fn is_needed(&self, node: &NodeId, output: &str) -> bool {
        self.needed.get(node).is_some_and(|needed| needed.contains_key(output))
    }

    /// Notes that the node is complete, with everything that is needed of it.
    pub(super) fn settled(&mut self, store: &Store, node: &NodeId, manifest: &Manifest) {
        self.needed.remove(node);
        let is_left = |output: &&Output| store.objects().checkout_path(&output.digest).exists();
        self.leftover |= dropped(manifest).any(|output| is_left(&output));
    }

    /// The outputs that are there and that everything which reads them has read, by node.
    pub(super) fn read(&self, complete: &BTreeMap<NodeId, Manifest>) -> BTreeMap<NodeId, Vec<String>> {
        let mut found: BTreeMap<NodeId, Vec<String>> = BTreeMap::new();
        for ((node, name), readers) in &self.readers {
            let output = complete.get(node).and_then(|m| m.outputs.get(name));
            let is_there = output.is_some_and(|o| o.kind == ArtifactKind::Tree && !o.dropped);
            let has_read = |id: &NodeId| complete.contains_key(id) && !self.again.contains(id);
            if is_there && readers.iter().all(has_read) {
                found.entry(node.clone()).or_default().push(name.clone());
            }
        }
        found
    }
}

pub(super) fn dropped(manifest: &Manifest) -> impl Iterator<Item = &Output> {
    manifest.outputs.values().filter(|output| output.dropped)
}
