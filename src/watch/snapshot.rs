//! A run at one moment.

use serde::Serialize;
use serl_pipeline::NodeId;

use crate::events::{Metrics, Reached};
use crate::place::Place;
use crate::report::findings::Finding;

/// A run at one moment.
#[derive(Debug, Clone, Serialize)]
pub struct Snapshot {
    /// Its name.
    pub run: String,
    /// Whether it goes on.
    pub state: RunState,
    /// What it computes on; empty if that was not noted.
    pub device: String,
    /// Seconds that its complete nodes took, and that the node in progress has taken.
    pub seconds: f64,
    /// Seconds until what was asked for is complete.
    pub remaining: Option<Remaining>,
    /// Its nodes, in their order.
    pub nodes: Vec<NodeRow>,
    /// The node that is at work, or was when the run ended.
    pub at: Option<AtRow>,
    /// Measurements over time.
    pub curves: Curves,
    /// What its tables say so far.
    pub findings: Vec<Finding>,
    /// What the last `serl run` told its user.
    pub messages: Vec<String>,
}

/// Whether a run goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RunState {
    /// A process runs it.
    Running {
        /// The process, as `host:pid`.
        process: String,
    },
    /// All of its nodes are complete.
    Complete,
    /// What was asked for is complete; it has more nodes.
    Partial,
    /// It was stopped, or its process died.
    Interrupted,
    /// It failed.
    Failed {
        /// Why.
        error: String,
    },
}

/// How far a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// It has not begun.
    Waiting,
    /// It is at work.
    Running,
    /// It has begun, and nobody works on it.
    Stopped,
    /// It is complete.
    Complete,
}

/// A node of the run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NodeRow {
    /// Its id.
    pub id: NodeId,
    /// Where it stands.
    #[serde(skip)]
    pub place: Place,
    /// How far it is.
    pub state: NodeState,
    /// Seconds that it took; none if it is not complete.
    pub seconds: Option<f64>,
    /// What was measured.
    pub metrics: Metrics,
}

/// The node that is at work.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AtRow {
    /// Its id.
    pub id: NodeId,
    /// Seconds since it began.
    pub seconds: f64,
    /// How far it is, once it has said so.
    pub reached: Option<Reached>,
    /// Figures of what is done so far.
    pub metrics: Metrics,
}

/// Measurements over time: pairs of an optimizer step of the run (an iteration, for `pass_at_1`) and a value.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Curves {
    /// Mean reward of the responses trained on.
    pub reward: Vec<(f64, f64)>,
    /// r_mean of each vote.
    pub r_mean: Vec<(f64, f64)>,
    /// KL divergence from the reference policy.
    pub kl: Vec<(f64, f64)>,
    /// Entropy of the policy.
    pub entropy: Vec<(f64, f64)>,
    /// Pass@1 on all held-out problems, by iteration.
    pub pass_at_1: Vec<(f64, f64)>,
}

/// The time that a run still takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Remaining {
    /// Seconds.
    pub seconds: f64,
    /// Whether stages are left out that have not run yet.
    pub at_least: bool,
}

impl Snapshot {
    /// Iterations after the 0th that are complete, and all there are.
    pub fn iterations(&self) -> (u32, u32) {
        let all = self.nodes.iter().map(|node| node.place.iteration).max().unwrap_or(0);
        let open = self.nodes.iter().filter(|node| node.state != NodeState::Complete);
        let first_open = open.map(|node| node.place.iteration).min();
        (first_open.map_or(all, |first| first.saturating_sub(1)), all)
    }
}
