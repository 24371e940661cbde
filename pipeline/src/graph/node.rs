//! A node before it runs: what it does, and with which inputs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serl_artifacts::{Digest, Tree};

use super::key::KeyMaterial;
use crate::id::NodeId;

/// The kind of an input or output: one object, or a folder of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArtifactKind {
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
        /// The files of a folder, as they were when it was hashed; none: it is a file.
        tree: Option<Arc<Tree>>,
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
    /// The material of the node's key, once the contents of its inputs are known.
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
