//! What a stream has already.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use serl_pipeline::NodeKey;

use super::entry::{Entry, Event};
use super::file::Tail;

/// Which measurements the file of a stream has, also of other processes that write to it.
#[derive(Debug)]
pub(super) struct History {
    tail: Tail,
    steps: HashMap<NodeKey, BTreeSet<u32>>,
    complete: HashSet<NodeKey>,
}

impl History {
    /// The history of the stream at `path`.
    pub(super) fn of(path: &Path) -> Self {
        let mut history = Self {
            tail: Tail::of(path),
            steps: HashMap::new(),
            complete: HashSet::new(),
        };
        history.refresh();
        history
    }

    /// Takes in what was appended since. A file that cannot be read has no more than is known.
    pub(super) fn refresh(&mut self) {
        for entry in self.tail.read().unwrap_or_default() {
            self.note(&entry);
        }
    }

    /// Notes that the stream has `entry`.
    pub(super) fn note(&mut self, entry: &Entry) {
        match &entry.event {
            Event::Step { node, step, .. } => {
                self.steps.entry(node.key).or_default().insert(*step);
            }
            Event::NodeFinished(complete) | Event::NodeCached(complete) => {
                self.complete.insert(complete.node.key);
            }
            _ => {}
        }
    }

    /// Whether it has the step with this number of the node with this key.
    pub(super) fn has_step(&self, key: &NodeKey, step: u32) -> bool {
        self.steps.get(key).is_some_and(|steps| steps.contains(&step))
    }

    /// Whether it has the metrics of the node with this key.
    pub(super) fn has(&self, key: &NodeKey) -> bool {
        self.complete.contains(key)
    }
}
