//! What a run would do.

use std::collections::BTreeMap;
use std::fmt;

use crate::PipelineError;
use crate::assess::{Assessment, assess, input_digests};
use crate::graph::{Graph, NodeId};
use crate::key::NodeKey;
use crate::manifest::Manifest;
use crate::selection::Selection;
use crate::store::Store;

/// Why a node will run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// No node with this key ever completed.
    NeverRan,
    /// A node before it will run. Should that give the same bytes as before, this one may turn out to be complete.
    UpstreamWillRun {
        /// The first such node.
        node: NodeId,
    },
    /// It completed, but an output is no longer there.
    OutputMissing {
        /// The output.
        name: String,
    },
    /// It completed, but its manifest cannot be read.
    ManifestUnreadable {
        /// Why not.
        error: String,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverRan => f.write_str("never ran with this configuration and these inputs"),
            Self::UpstreamWillRun { node } => write!(f, "{node} will run"),
            Self::OutputMissing { name } => write!(f, "its output {name} is missing or damaged"),
            Self::ManifestUnreadable { error } => {
                write!(f, "its manifest cannot be read ({error})")
            }
        }
    }
}

/// What a run would do with a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlannedStatus {
    /// Nothing: it is complete.
    Cached,
    /// Run it.
    WillRun(Reason),
}

/// A node of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedNode {
    /// The node.
    pub id: NodeId,
    /// Its key; none while the content of an input is not known.
    pub key: Option<NodeKey>,
    /// What a run would do with it.
    pub status: PlannedStatus,
}

/// What [`crate::run`] would do with the selected nodes, in its order. Nothing is changed.
///
/// # Errors
/// The selection names what is not there, or a node takes an output that the node before it did not write.
pub fn plan(
    store: &Store,
    graph: &Graph,
    selection: &Selection,
) -> Result<Vec<PlannedNode>, PipelineError> {
    let mut complete: BTreeMap<&NodeId, Manifest> = BTreeMap::new();
    let mut planned = Vec::new();
    for node in selection.resolve(graph)? {
        let (key, status) = match node.upstream().find(|id| !complete.contains_key(id)) {
            Some(first) => (
                None,
                PlannedStatus::WillRun(Reason::UpstreamWillRun {
                    node: first.clone(),
                }),
            ),
            None => {
                let key = node
                    .material(input_digests(node, |id| complete.get(id))?)
                    .key();
                match assess(store, &key) {
                    Assessment::MustRun(reason) => (Some(key), PlannedStatus::WillRun(reason)),
                    Assessment::Complete(manifest) => {
                        complete.insert(&node.id, *manifest);
                        (Some(key), PlannedStatus::Cached)
                    }
                }
            }
        };
        planned.push(PlannedNode {
            id: node.id.clone(),
            key,
            status,
        });
    }
    Ok(planned)
}
