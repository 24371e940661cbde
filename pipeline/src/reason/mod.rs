//! Why a node runs, as data and in words.

mod differences;
mod words;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serl_artifacts::Digest;

use crate::graph::NodeKey;
use crate::id::NodeId;
pub(crate) use differences::changes;
pub use differences::differences;
pub use words::shown;

/// Why a node runs, or one of several reasons. `old` is what the node it is compared with had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// Nothing like it ever completed.
    NeverRan,
    /// Its stage behaves differently than before.
    CodeVersion {
        /// Version of the stage then.
        old: u32,
        /// Version of the stage now.
        new: u32,
    },
    /// A value of its configuration changed.
    Config {
        /// Path of the value, as in `vote.n`.
        key: String,
        /// The value then; none if there was no such key.
        old: Option<Value>,
        /// The value now; none if there is no such key.
        new: Option<Value>,
    },
    /// Its random draws changed.
    Seed {
        /// The seed then.
        old: u64,
        /// The seed now.
        new: u64,
    },
    /// An input has different content.
    Input {
        /// The input.
        name: String,
        /// Its content then; none if there was no such input.
        old: Option<Digest>,
        /// Its content now; none if there is no such input.
        new: Option<Digest>,
        /// The node that makes it now; none for what comes from outside.
        producer: Option<NodeId>,
    },
    /// It completed, but an output is no longer there.
    OutputMissing {
        /// The output.
        name: String,
    },
    /// It completed, but an output was dropped since (see [`crate::Retention`]) and is needed again.
    OutputDropped {
        /// The output.
        name: String,
        /// The node that will run and reads it; none if the output itself is requested.
        needed_by: Option<NodeId>,
    },
    /// Its run had it complete, but the manifest is no longer there.
    ManifestMissing,
    /// It completed, but its manifest cannot be read.
    ManifestUnreadable {
        /// Why not.
        error: String,
    },
    /// A node before it will run. If that gives the same bytes as before, this one may turn out to be complete.
    UpstreamWillRun {
        /// The first such node.
        node: NodeId,
        /// The nodes that cause it: those that run for their own reasons.
        roots: Vec<NodeId>,
    },
}

/// What made a node run, noted in its manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Because {
    /// Name of the run that ran it.
    pub run: String,
    /// Its id in that run.
    pub node: NodeId,
    /// The node that it was compared with; none if there was nothing like it.
    pub compared: Option<NodeKey>,
    /// The reasons.
    pub reasons: Vec<Reason>,
}

#[cfg(test)]
mod tests;
