//! What counts of a stream: the lines of each node's last key, in the order of the run.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serl_pipeline::{Manifest, NodeId, NodeKey, RunRecord, Store};

use super::entry::{Complete, Entry, Event, Metrics, NodeRef, Reached};
use super::stored;
use super::turn::{Turn, turn};

/// The state of a run as its stream tells it.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// Nodes that the last `serl run` was to bring to completion, in their order.
    planned: Vec<NodeId>,
    /// The last key of each node.
    current: BTreeMap<Turn, NodeRef>,
    steps: HashMap<NodeKey, BTreeMap<u32, Step>>,
    complete: HashMap<NodeKey, Complete>,
    at: Option<At>,
    session: Session,
}

/// An optimizer step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The node.
    pub node: NodeRef,
    /// The step within the node, from 0.
    pub step: u32,
    /// The step within the run, from 1.
    pub global_step: u64,
    /// When it was written.
    pub time: String,
    /// What was measured.
    pub metrics: Metrics,
}

/// A node that has begun and not ended.
#[derive(Debug, Clone, PartialEq)]
pub struct At {
    /// The node.
    pub node: NodeRef,
    /// When it began.
    pub since: String,
    /// How far it is, once it has said so.
    pub reached: Option<Reached>,
    /// When it said so.
    pub told: String,
    /// Figures of what is done so far.
    pub metrics: Metrics,
}

/// The last `serl run`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Session {
    /// When it began; empty if the stream does not tell.
    pub began: String,
    /// When its last line was written.
    pub last: String,
    /// What it computes on.
    pub device: String,
    /// How it ended, if it has.
    pub end: Option<End>,
    /// What it told the user, with the times.
    pub messages: Vec<(String, String)>,
}

/// How a `serl run` ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// All that was asked for is complete.
    Finished,
    /// The user stopped it.
    Interrupted,
    /// It failed, for this reason.
    Failed(String),
}

/// A line of a curve: an optimizer step or a complete node.
#[derive(Debug, Clone, Copy)]
pub enum Row<'a> {
    /// A step.
    Step(&'a Step),
    /// A node, with the time of its line and the steps of the run until then.
    Node(&'a Complete),
}

impl Ledger {
    /// Takes in what the store has of run `record` and the stream lacks: it was deleted, or an earlier version wrote
    /// none. Nodes that the last `serl run` is to bring to completion are left to the stream.
    pub fn complete_from(&mut self, store: &Store, record: &RunRecord) {
        let known = |id: &NodeId| self.planned.contains(id) || self.current.values().any(|node| node.node == *id);
        let lacking: BTreeSet<&NodeId> = record.nodes.keys().filter(|id| !known(id)).collect();
        if lacking.is_empty() {
            return;
        }
        // All of them, so that steps are counted through.
        let manifest = |(id, key): (&NodeId, &NodeKey)| Some((id.clone(), store.manifest(key).ok()??));
        let nodes: Vec<(NodeId, Manifest)> = record.nodes.iter().filter_map(manifest).collect();
        let session = self.session.clone();
        for entry in stored::entries(store, &record.name, &nodes) {
            if entry.event.node().is_some_and(|node| lacking.contains(&node.node)) {
                self.take(entry);
            }
        }
        self.session = session;
    }

    /// Takes in the next entry.
    pub fn take(&mut self, entry: Entry) {
        let time = entry.time;
        if let Some(node) = entry.event.node() {
            self.current.insert(turn(node), node.clone());
        }
        match entry.event {
            Event::RunStarted { nodes, device, .. } => {
                self.session = Session {
                    began: time.clone(),
                    device,
                    ..Session::default()
                };
                // They are told anew; what another run of a part left is not.
                self.current.retain(|_, node| !nodes.contains(&node.node));
                self.planned = nodes;
                self.at = None;
            }
            Event::NodeStarted { node, .. } => {
                self.at = Some(At {
                    node,
                    since: time.clone(),
                    reached: None,
                    told: time.clone(),
                    metrics: Metrics::new(),
                });
            }
            Event::NodeProgress { node, reached, metrics } => {
                if let Some(at) = self.at.as_mut().filter(|at| at.node == node) {
                    (at.reached, at.metrics, at.told) = (Some(reached), metrics, time.clone());
                }
            }
            Event::Step {
                node,
                step,
                global_step,
                metrics,
            } => {
                let of_node = self.steps.entry(node.key).or_default();
                of_node.entry(step).or_insert(Step {
                    node,
                    step,
                    global_step,
                    time: time.clone(),
                    metrics,
                });
            }
            Event::NodeFinished(complete) | Event::NodeCached(complete) => {
                if self.at.as_ref().is_some_and(|at| at.node.node == complete.node.node) {
                    self.at = None;
                }
                self.count_through(&complete);
                // One that was found complete again has no metrics.
                match self.complete.get_mut(&complete.node.key) {
                    Some(known) => (known.node, known.global_step) = (complete.node, complete.global_step),
                    None => drop(self.complete.insert(complete.node.key, complete)),
                }
            }
            Event::Message { text } => self.session.messages.push((time.clone(), text)),
            Event::NodeFailed { .. } => {}
            Event::RunFinished { .. } => self.end(End::Finished),
            Event::RunInterrupted { .. } => self.end(End::Interrupted),
            Event::RunFailed { error } => self.end(End::Failed(error)),
        }
        self.session.last = time;
    }

    /// Counts the steps of a complete node anew: those before it may be others than when it was computed.
    fn count_through(&mut self, complete: &Complete) {
        if let Some(steps) = self.steps.get_mut(&complete.node.key) {
            let before = complete.global_step.saturating_sub(steps.len() as u64);
            for step in steps.values_mut() {
                step.global_step = before + u64::from(step.step) + 1;
            }
        }
    }

    fn end(&mut self, end: End) {
        self.session.end = Some(end);
    }

    /// Nodes that the last `serl run` was to bring to completion; empty if the stream does not tell.
    pub fn planned(&self) -> &[NodeId] {
        &self.planned
    }

    /// The last `serl run`.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The node that has begun and not ended.
    pub fn at(&self) -> Option<&At> {
        self.at.as_ref()
    }

    /// Nodes that are complete, in the order of the run.
    pub fn complete(&self) -> impl Iterator<Item = &Complete> {
        self.current.values().filter_map(|node| self.complete.get(&node.key))
    }

    /// Steps and complete nodes in the order of the run.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.current.values().flat_map(|node| self.rows_of(&node.key))
    }

    /// The steps of the node with this key, and the node itself if it is complete.
    pub fn rows_of(&self, key: &NodeKey) -> impl Iterator<Item = Row<'_>> {
        let steps = self.steps.get(key).into_iter().flat_map(BTreeMap::values);
        steps.map(Row::Step).chain(self.complete.get(key).map(Row::Node))
    }
}

impl<'a> Row<'a> {
    /// The node.
    pub fn node(self) -> &'a NodeRef {
        match self {
            Row::Step(step) => &step.node,
            Row::Node(complete) => &complete.node,
        }
    }

    /// What was measured.
    pub fn metrics(self) -> &'a Metrics {
        match self {
            Row::Step(step) => &step.metrics,
            Row::Node(complete) => &complete.metrics,
        }
    }

    /// Optimizer steps of the run until then.
    pub fn global_step(self) -> u64 {
        match self {
            Row::Step(step) => step.global_step,
            Row::Node(complete) => complete.global_step,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(stage: &str, iteration: u32, round: Option<u32>, key: &str) -> NodeRef {
        let round_told = round.map(|round| format!(".{round}")).unwrap_or_default();
        NodeRef {
            node: NodeId::new(format!("{iteration}/{stage}{round_told}")),
            key: serl_artifacts::Digest::of(key.as_bytes()).to_string().parse().unwrap(),
            stage: stage.to_owned(),
            iteration,
            round,
        }
    }

    fn take(ledger: &mut Ledger, events: Vec<Event>) {
        for event in events {
            let (time, run) = ("2026-11-29T12:00:46.123Z".to_owned(), "test".to_owned());
            ledger.take(Entry { time, run, event });
        }
    }

    fn metrics(name: &str, value: f64) -> Metrics {
        Metrics::from([(name.to_owned(), value)])
    }

    fn step(key: &str, step: u32, reward: f64) -> Event {
        Event::Step {
            node: node("train", 1, Some(0), key),
            step,
            global_step: u64::from(step) + 1,
            metrics: metrics("reward", reward),
        }
    }

    fn complete(key: &str, metrics: Metrics) -> Complete {
        Complete {
            node: node("train", 1, Some(0), key),
            seconds: 1.0,
            global_step: 2,
            metrics,
        }
    }

    fn started() -> Event {
        Event::RunStarted {
            version: String::new(),
            device: String::new(),
            nodes: vec![NodeId::new("1/train.0"), NodeId::new("1/solve")],
        }
    }

    fn rewards(ledger: &Ledger) -> Vec<Option<f64>> {
        let rows = ledger.rows().map(|row| row.metrics().get("reward").copied());
        rows.collect()
    }

    #[test]
    fn lines_of_the_last_key_count_and_come_back_with_it() {
        let mut ledger = Ledger::default();
        let first = vec![
            started(),
            step("a", 0, 0.1),
            step("a", 1, 0.2),
            Event::NodeFinished(complete("a", metrics("steps", 2.0))),
        ];
        take(&mut ledger, first);
        assert_eq!(rewards(&ledger), [Some(0.1), Some(0.2), None]);
        take(&mut ledger, vec![started(), step("b", 0, 0.9)]);
        assert_eq!(rewards(&ledger), [Some(0.9)]);
        // The settings are as they were before: the node is found complete, and is not measured again.
        let again = Event::NodeCached(complete("a", Metrics::new()));
        take(&mut ledger, vec![started(), again]);
        assert_eq!(rewards(&ledger), [Some(0.1), Some(0.2), None]);
        assert_eq!(ledger.complete().next().unwrap().metrics, metrics("steps", 2.0));
    }

    #[test]
    fn a_node_is_at_work_until_it_ends_or_the_run_begins_anew() {
        let mut ledger = Ledger::default();
        let begin = || Event::NodeStarted {
            node: node("train", 1, Some(0), "a"),
            resumed: false,
        };
        take(&mut ledger, vec![started(), begin()]);
        assert_eq!(ledger.at().unwrap().node.node.as_str(), "1/train.0");
        take(
            &mut ledger,
            vec![Event::RunFailed {
                error: "full".to_owned(),
            }],
        );
        assert_eq!(ledger.session().end, Some(End::Failed("full".to_owned())));
        take(&mut ledger, vec![started()]);
        assert_eq!((ledger.at(), &ledger.session().end), (None, &None));
        take(
            &mut ledger,
            vec![begin(), Event::NodeFinished(complete("a", Metrics::new()))],
        );
        assert_eq!(ledger.at(), None);
    }
}
