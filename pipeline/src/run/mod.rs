//! Bringing nodes to completion.

mod engine;
mod keeper;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::CancelFlag;
use crate::context::NodeContext;
use crate::error::RunError;
use crate::events::Observer;
use crate::graph::{Graph, NodeId, NodeSpec};
use crate::key::NodeKey;
use crate::manifest::Output;
use crate::needs::Request;
use crate::retention::Retention;
use crate::selection::Selection;
use crate::store::{Store, check_name};
use engine::Engine;

/// Whoever knows what the stages do.
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

/// What a run is called and what is noted about it; nothing here enters a key.
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

/// Brings the selected nodes to completion, one after the other, and tells `observer`.
///
/// A node that is complete is not run again. An input that turns out to be missing or damaged is set aside and the
/// node that made it runs again, then the run goes on. So it does for one that was dropped (see [`Retention`]) and that
/// a node which must run reads, or that the selection names and the options keep. Raising `cancel` stops at the next
/// safe point.
///
/// # Errors
/// A node fails, the run is interrupted, the selection names what is not there, or the store cannot be used.
pub fn run<R: Runner>(
    store: &Store,
    graph: &Graph,
    selection: &Selection,
    runner: &mut R,
    observer: &dyn Observer,
    cancel: &CancelFlag,
    options: &RunOptions,
) -> Result<RunReport, RunError<R::Error>> {
    check_name(&options.name, "a run")?;
    let nodes = selection.resolve(graph)?;
    let request = Request::new(graph, selection, &options.retention)?;
    let mut engine = Engine::new(store, graph, nodes, request, observer, cancel, options)?;
    engine.run(runner)
}

#[cfg(test)]
mod tests;
