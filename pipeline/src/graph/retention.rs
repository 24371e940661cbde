//! Which outputs a run gives up once none of its nodes reads them any more.
//!
//! Giving up an output marks it as dropped in its node's manifest, durably, and then removes its files. The node stays
//! complete, and so does all that came after it: everything that reads the output has already done so. When a node that
//! must run reads it after all, the node that made it runs again, and since its outputs depend on nothing but its key,
//! nothing else does.

use std::collections::{BTreeMap, BTreeSet};

use super::Graph;
use super::node::Input;
use crate::id::NodeId;

/// The outputs of a graph that a run keeps no longer than they are read. It enters no key.
///
/// Only folders are given up: a single object stays, since the manifests of its readers name it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retention {
    temporary: BTreeSet<(NodeId, String)>,
}

impl Retention {
    /// Each of the outputs `temporary`, given by node and name, is dropped once every node of the graph that reads it
    /// is complete. All others are kept; the default keeps everything.
    pub fn new(temporary: impl IntoIterator<Item = (NodeId, String)>) -> Self {
        Self {
            temporary: temporary.into_iter().collect(),
        }
    }

    /// Whether the output is dropped once it has been read.
    pub fn is_temporary(&self, node: &NodeId, output: &str) -> bool {
        self.temporary.contains(&(node.clone(), output.to_owned()))
    }

    /// The temporary outputs of `graph` that something reads, with the nodes that do.
    pub(crate) fn readers(&self, graph: &Graph) -> BTreeMap<(NodeId, String), BTreeSet<NodeId>> {
        let mut readers: BTreeMap<(NodeId, String), BTreeSet<NodeId>> = BTreeMap::new();
        for reader in graph.nodes() {
            for input in reader.inputs.values() {
                if let Input::Output { node, output } = input
                    && self.is_temporary(node, output)
                {
                    let output = (node.clone(), output.clone());
                    readers.entry(output).or_default().insert(reader.id.clone());
                }
            }
        }
        readers
    }
}
