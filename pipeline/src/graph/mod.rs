//! What is to be computed: nodes and their inputs, their keys, and which of them are selected and kept.

mod canonical;
mod key;
mod node;
mod retention;
mod selection;

use std::collections::BTreeSet;

use crate::error::PipelineError;
use crate::id::NodeId;
pub(crate) use canonical::encode as canonical_bytes;
pub use key::{KeyMaterial, NodeKey};
pub use node::{ArtifactKind, Input, NodeSpec};
pub use retention::Retention;
pub use selection::Selection;

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
    use serde_json::Value;

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
