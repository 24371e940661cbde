//! Which nodes belong to a run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::graph::NodeId;
use crate::key::NodeKey;

/// The record of a run: its configuration and its complete nodes. What it names must be kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Name of the run.
    pub name: String,
    /// The configuration it was last run with, as its caller resolved it.
    pub config: Value,
    /// Keys of the nodes that are complete.
    pub nodes: BTreeMap<NodeId, NodeKey>,
}
