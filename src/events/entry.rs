//! The lines of the stream.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serl_pipeline::{NodeId, NodeKey};

/// Metrics by name; docs/src/events.md lists them.
pub type Metrics = BTreeMap<String, f64>;

/// A line of the stream: something that happened, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When, in UTC: `2026-11-29T12:00:46.123Z`.
    pub time: String,
    /// The run.
    pub run: String,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// Something that happened; its name is the field `event`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// `serl run` began.
    RunStarted {
        /// Version of `serl`.
        version: String,
        /// What it computes on.
        device: String,
        /// The nodes that it brings to completion, in their order.
        nodes: Vec<NodeId>,
    },
    /// A node began.
    NodeStarted {
        /// The node.
        #[serde(flatten)]
        node: NodeRef,
        /// Whether it continues the work of an earlier attempt.
        resumed: bool,
    },
    /// A node is at work.
    NodeProgress {
        /// The node.
        #[serde(flatten)]
        node: NodeRef,
        /// How far it is.
        #[serde(flatten)]
        reached: Reached,
        /// Figures of what is done so far.
        #[serde(flatten)]
        metrics: Metrics,
    },
    /// A step of the optimizer.
    Step {
        /// The node.
        #[serde(flatten)]
        node: NodeRef,
        /// The step within the node, from 0, as in its table `train_log`.
        step: u32,
        /// The step within the run, from 1.
        global_step: u64,
        /// What was measured.
        #[serde(flatten)]
        metrics: Metrics,
    },
    /// A node is complete.
    NodeFinished(Complete),
    /// A node was complete already. The metrics are left out if the stream has them.
    NodeCached(Complete),
    /// A node failed.
    NodeFailed {
        /// The node.
        node: NodeId,
        /// Why.
        error: String,
    },
    /// A message to the user that is not about progress.
    Message {
        /// The message.
        text: String,
    },
    /// The run is complete.
    RunFinished {
        /// Nodes that were computed.
        ran: usize,
        /// Nodes that were complete already.
        cached: usize,
        /// Seconds since `run_started`.
        seconds: f64,
    },
    /// The user stopped the run.
    RunInterrupted {
        /// The node it was at.
        node: NodeId,
    },
    /// The run failed.
    RunFailed {
        /// Why.
        error: String,
    },
}

/// A node of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRef {
    /// Its id, such as `1/train.0`.
    pub node: NodeId,
    /// Its key: lines of the same node with another key are of other settings.
    pub key: NodeKey,
    /// Its stage.
    pub stage: String,
    /// Its iteration; 0 measures the untouched policy.
    pub iteration: u32,
    /// Its round, for stages that have rounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<u32>,
}

/// How far a node is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reached {
    /// Units done.
    pub done: u64,
    /// Units in all.
    pub total: u64,
    /// The name of a unit, in the plural.
    pub unit: String,
    /// Tokens sampled or trained on per second; none where none are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_per_second: Option<f64>,
    /// Seconds until the node is complete, at this pace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds_left: Option<f64>,
}

/// A node that is complete.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Complete {
    /// The node.
    #[serde(flatten)]
    pub node: NodeRef,
    /// Seconds of the attempt that completed it.
    pub seconds: f64,
    /// Optimizer steps of the run until then.
    pub global_step: u64,
    /// What was measured.
    #[serde(flatten)]
    pub metrics: Metrics,
}

impl Event {
    /// The node that the event is about, with its key; none for events of the run.
    pub fn node(&self) -> Option<&NodeRef> {
        match self {
            Self::NodeStarted { node, .. } | Self::NodeProgress { node, .. } | Self::Step { node, .. } => Some(node),
            Self::NodeFinished(complete) | Self::NodeCached(complete) => Some(&complete.node),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_flat_and_are_read_back() {
        let key: NodeKey = serl_artifacts::Digest::of(b"node").to_string().parse().unwrap();
        let node = NodeRef {
            node: NodeId::new("1/train.0"),
            key,
            stage: "train".to_owned(),
            iteration: 1,
            round: Some(0),
        };
        let entry = Entry {
            time: "2026-11-29T12:00:46.123Z".to_owned(),
            run: "quickstart".to_owned(),
            event: Event::Step {
                node,
                step: 2,
                global_step: 7,
                metrics: Metrics::from([("reward".to_owned(), 0.5), ("clip_ratio/region_mean".to_owned(), 0.0)]),
            },
        };
        let line = serde_json::to_string(&entry).unwrap();
        let expected = format!(
            r#"{{"time":"2026-11-29T12:00:46.123Z","run":"quickstart","event":"step","node":"1/train.0",{}"#,
            format_args!(
                r#""key":"{key}","stage":"train","iteration":1,"round":0,"step":2,"global_step":7,{}"#,
                r#""clip_ratio/region_mean":0.0,"reward":0.5}"#
            )
        );
        assert_eq!(line, expected);
        assert_eq!(serde_json::from_str::<Entry>(&line).unwrap(), entry);
    }
}
