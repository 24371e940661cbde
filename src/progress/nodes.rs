//! Describes the events of a run in words.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use serde_json::Value;
use serl_pipeline::{Event, Headway, Manifest, NodeId, NodeSpec, Observer};
use serl_stages::{Stage, Vote};

use super::display::Display;
use super::rate::duration;
use super::result::result;
use crate::report;

/// Reports the events of a run's nodes to a [`Display`].
pub struct NodeProgress {
    display: Arc<dyn Display>,
    /// Number of nodes found in the store since the last line.
    cached: Cell<usize>,
    /// The running node and its progress, once it has reported any.
    reached: RefCell<Option<(NodeId, String)>>,
    /// Iteration and r_mean of the votes so far.
    votes: RefCell<Vec<(u32, f64)>>,
}

impl NodeProgress {
    /// Reports to `display`.
    pub fn new(display: Arc<dyn Display>) -> Self {
        Self {
            display,
            cached: Cell::new(0),
            reached: RefCell::new(None),
            votes: RefCell::default(),
        }
    }

    /// The progress of `node`, such as `8 of 24 samples`; `None` if it reported none.
    pub fn reached(&self, node: &NodeId) -> Option<String> {
        let reached = self.reached.borrow();
        let (id, told) = reached.as_ref()?;
        (id == node).then(|| told.clone())
    }

    /// Mean of r_mean over the rounds of the node's iteration so far, for the stages that rounds consist of.
    fn r_mean(&self, node: &NodeSpec) -> Option<f64> {
        node.round?;
        let votes = self.votes.borrow();
        let of = votes.iter().filter(|(iteration, _)| *iteration == node.iteration);
        let of: Vec<f64> = of.map(|(_, r_mean)| *r_mean).collect();
        (!of.is_empty()).then(|| of.iter().sum::<f64>() / of.len() as f64)
    }

    fn note_vote(&self, node: &NodeSpec, manifest: &Manifest) {
        let r_mean = manifest.metrics.get("r_mean").and_then(Value::as_f64);
        if node.stage == Vote::NAME {
            self.votes
                .borrow_mut()
                .extend(r_mean.map(|r_mean| (node.iteration, r_mean)));
        }
    }

    /// Prints one line for all cached nodes so far, just before a node that is not cached.
    fn tell_cached(&self) {
        match self.cached.take() {
            0 => {}
            1 => self.display.line("1 node cached"),
            n => self.display.line(&format!("{n} nodes cached")),
        }
    }
}

impl Observer for NodeProgress {
    fn on_event(&self, event: &Event<'_>) {
        match *event {
            Event::Cached { node, manifest } => {
                self.note_vote(node, manifest);
                self.cached.set(self.cached.get() + 1);
            }
            Event::Progress { node, headway } => {
                let Headway { done, total, unit, .. } = headway;
                let told = format!("{done} of {total} {unit}");
                self.reached.replace(Some((node.id.clone(), told)));
                let r_mean = self.r_mean(node).map(|mean| ("r_mean", mean));
                let figures: Vec<(&str, f64)> = r_mean.into_iter().chain(headway.figures.iter().copied()).collect();
                self.display.progress(&Headway {
                    figures: &figures,
                    ..*headway
                });
            }
            Event::Started { node, resumed, .. } => {
                self.tell_cached();
                let how = if resumed { ": resuming from what was saved" } else { "" };
                self.display.start(&format!("{}{how}", node.id));
            }
            Event::Finished { node, manifest } => {
                self.note_vote(node, manifest);
                let result = match result(&node.stage, manifest) {
                    none if none.is_empty() => none,
                    told => format!(" ({told})"),
                };
                self.display
                    .finish(&format!("{}: done in {}{result}", node.id, duration(manifest.seconds)));
            }
            Event::Waiting { node, holder } => {
                self.tell_cached();
                let holder = holder.map_or_else(|| "another process".to_owned(), |holder| format!("process {holder}"));
                self.display.line(&format!(
                    "{}: waiting for {holder}, which is computing the same node",
                    node.id
                ));
            }
            Event::Leased { node, holder } => {
                self.tell_cached();
                let told = format!("{}: waiting for {holder}, which is computing the same node", node.id);
                self.display.line(&told);
            }
            Event::Fetched { node, bytes } => {
                self.tell_cached();
                self.display.line(&format!(
                    "{}: fetched from the remote ({})",
                    node.id,
                    report::bytes(bytes)
                ));
            }
            Event::Superseded { node } => {
                self.tell_cached();
                let told = "another machine was first, with other outputs: going on with those";
                self.display.line(&format!("{}: {told}", node.id));
            }
            Event::Unreachable { reason } => {
                self.tell_cached();
                self.display.line(&format!("{reason}; going on without the remote"));
            }
            Event::Unshared { nodes } => {
                self.tell_cached();
                let nodes = if nodes == 1 {
                    "1 node is".to_owned()
                } else {
                    format!("{nodes} nodes are")
                };
                self.display.line(&format!(
                    "{nodes} not in the remote: `serl push`, or the next run, sends what it lacks"
                ));
            }
            Event::Lost { node, reason } => {
                self.tell_cached();
                self.display.line(&format!("{}: {reason}; it will be rebuilt", node.id));
            }
            Event::Dropped { node, outputs } => {
                self.tell_cached();
                let told = format!("{}: {} dropped", node.id, outputs.join(" and "));
                self.display.line(&format!("{told} (execution.keep_policies)"));
            }
            Event::SetAside { path } => self.display.line(&format!(
                "{} cannot be read: it was moved to quarantine/ and will be rebuilt",
                path.display()
            )),
            Event::Damaged { node, input, path } => {
                let told = format!(
                    "its input {input} ({}) is missing or damaged and will be rebuilt",
                    path.display()
                );
                self.display.line(&format!("{}: {told}", node.id));
            }
            _ => {}
        }
    }
}
