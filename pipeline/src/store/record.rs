//! Which nodes belong to a run.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::graph::NodeKey;
use crate::id::NodeId;

/// What records of runs are called in messages and checksums.
pub(crate) const RECORD: &str = "run record";

/// What pins are called in messages and checksums.
pub(crate) const PIN: &str = "pin";

/// The record of a run: its configuration and its complete nodes. What it names must be kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Name of the run.
    pub name: String,
    /// The configuration it was last run with, as its caller resolved it.
    pub config: Value,
    /// Keys of the nodes that are complete.
    pub nodes: BTreeMap<NodeId, NodeKey>,
    /// Which of these were made with other settings, or from what such nodes made: a run of a part leaves the rest.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub stale: BTreeSet<NodeId>,
    /// The node that was begun last, until it is complete: what it has saved is kept, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Begun>,
    /// How much of the whole graph is complete.
    #[serde(default)]
    pub progress: Progress,
}

/// A node that was begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Begun {
    /// The node.
    pub node: NodeId,
    /// Its key.
    pub key: NodeKey,
}

/// How much of a graph is complete.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Nodes of the graph.
    pub nodes: usize,
    /// Its last iteration.
    pub iterations: u32,
    /// Iterations after the 0th that are complete, and all before them.
    pub iterations_done: u32,
}
