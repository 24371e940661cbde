//! What a run needs: the runner that does the work, and what is recorded about the run.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::graph::{NodeSpec, Retention};
use crate::node::NodeContext;

/// Does the work of the stages.
pub trait Runner {
    /// Why a node can fail. Errors of the [`NodeContext`] must be passed on inside it.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Does the work of `node`: reads inputs from `ctx` and puts outputs into it. What is put must depend on nothing
    /// but what is in the node's key.
    ///
    /// # Errors
    /// The node failed, was interrupted, or found an input damaged.
    fn run(&mut self, node: &NodeSpec, ctx: &mut NodeContext) -> Result<(), Self::Error>;
}

/// The name of a run and what is recorded about it; nothing here enters a key.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOptions {
    /// Name of the run, usable as a file name.
    pub name: String,
    /// The configuration as its caller resolved it, for the run's record.
    pub config: Value,
    /// Versions of the programs, for manifests.
    pub versions: BTreeMap<String, String>,
    /// The device, for manifests.
    pub device: String,
    /// Which outputs are given up once they have been read.
    pub retention: Retention,
}
