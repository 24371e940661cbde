//! The result of a run.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::graph::NodeKey;
use crate::id::NodeId;
use crate::store::Output;

/// Whether a node had to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It was complete.
    Cached,
    /// It ran.
    Ran,
}

/// A complete node of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeReport {
    /// The node.
    pub id: NodeId,
    /// Its key.
    pub key: NodeKey,
    /// Whether it had to run.
    pub status: Status,
    /// Seconds it took, now or when it once ran.
    pub seconds: f64,
    /// What it wrote, by name.
    pub outputs: BTreeMap<String, Output>,
    /// The stage's summary.
    pub metrics: Value,
}

/// The selected nodes, all complete, in the graph's order.
#[derive(Debug, Clone, PartialEq)]
pub struct RunReport {
    /// The nodes.
    pub nodes: Vec<NodeReport>,
}

impl RunReport {
    /// How many nodes have this status.
    pub fn count(&self, status: Status) -> usize {
        self.nodes.iter().filter(|node| node.status == status).count()
    }
}
