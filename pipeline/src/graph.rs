//! Nodes and how they hang together.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serl_artifacts::Digest;

use crate::PipelineError;
use crate::key::KeyMaterial;

/// Name of a node within its graph, such as `1/vote.0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(String);

impl NodeId {
    /// The node with this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<&str> for NodeId {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

/// What an input or output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One object.
    Blob,
    /// A folder of objects.
    Tree,
}

/// Where an input comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// From outside the graph.
    External {
        /// Digest of its content.
        digest: Digest,
        /// The file or folder.
        path: PathBuf,
        /// Which of the two.
        kind: Kind,
    },
    /// From another node.
    Output {
        /// The node.
        node: NodeId,
        /// Name of the output.
        output: String,
    },
}

/// A node: a stage with its configuration and where its inputs come from.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeSpec {
    /// Name within the graph.
    pub id: NodeId,
    /// Name of the stage.
    pub stage: String,
    /// The iteration it belongs to.
    pub iteration: u32,
    /// The round of the iteration, for stages that have rounds.
    pub round: Option<u32>,
    /// Version of what the stage does.
    pub code_version: u32,
    /// The part of the configuration that the outputs depend on.
    pub config: Value,
    /// Seed of all randomness of the node.
    pub seed: u64,
    /// Inputs by name.
    pub inputs: BTreeMap<String, Input>,
}

impl NodeSpec {
    /// What the node's key is made of, once the contents of its inputs are known.
    pub fn material(&self, inputs: BTreeMap<String, Digest>) -> KeyMaterial {
        KeyMaterial {
            stage: self.stage.clone(),
            code_version: self.code_version,
            config: self.config.clone(),
            seed: self.seed,
            inputs,
        }
    }

    /// The nodes it takes inputs from; one that gives several is named several times.
    pub fn upstream(&self) -> impl Iterator<Item = &NodeId> {
        self.inputs.values().filter_map(|input| match input {
            Input::Output { node, .. } => Some(node),
            Input::External { .. } => None,
        })
    }
}

/// Nodes in an order in which they can run.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    nodes: Vec<NodeSpec>,
}

impl Graph {
    /// A graph of `nodes`, given so that each comes after those it takes inputs from.
    ///
    /// # Errors
    /// Two nodes have one id, or an input is of a node that does not come before.
    pub fn new(nodes: Vec<NodeSpec>) -> Result<Self, PipelineError> {
        let mut before: BTreeSet<&NodeId> = BTreeSet::new();
        for node in &nodes {
            if let Some(missing) = node.upstream().find(|id| !before.contains(id)) {
                return Err(PipelineError::Graph {
                    node: node.id.clone(),
                    reason: format!("it takes an input from `{missing}`, which does not come before it"),
                });
            }
            if !before.insert(&node.id) {
                return Err(PipelineError::Graph {
                    node: node.id.clone(),
                    reason: "another node has the same id".to_owned(),
                });
            }
        }
        Ok(Self { nodes })
    }

    /// The nodes, each after those it takes inputs from.
    pub fn nodes(&self) -> &[NodeSpec] {
        &self.nodes
    }

    /// The node with this id.
    pub fn node(&self, id: &NodeId) -> Option<&NodeSpec> {
        self.nodes.iter().find(|node| node.id == *id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, from: &[&str]) -> NodeSpec {
        let input = |id: &&str| {
            (
                (*id).to_owned(),
                Input::Output {
                    node: (*id).into(),
                    output: "x".to_owned(),
                },
            )
        };
        NodeSpec {
            id: id.into(),
            stage: "s".to_owned(),
            iteration: 1,
            round: None,
            code_version: 1,
            config: Value::Null,
            seed: 0,
            inputs: from.iter().map(input).collect(),
        }
    }

    #[test]
    fn nodes_come_after_what_they_need_and_once() {
        assert!(Graph::new(vec![node("a", &[]), node("b", &["a"])]).is_ok());
        let text = |nodes| Graph::new(nodes).unwrap_err().to_string();
        assert!(text(vec![node("b", &["a"]), node("a", &[])]).contains("input from `a`"));
        assert!(text(vec![node("a", &["a"])]).contains("does not come before"));
        assert!(text(vec![node("a", &[]), node("a", &[])]).contains("same id"));
    }
}
