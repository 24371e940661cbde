//! Counts steps and tokens through a run.

use std::collections::BTreeMap;

use serl_pipeline::Manifest;
use serl_stages::{Respond, Stage, Train};

use super::entry::{Complete, Event, NodeRef};
use super::names;
use super::turn::{Turn, turn};

/// Optimizer steps, and tokens where they are known, of the complete nodes so far.
#[derive(Debug, Default)]
pub(super) struct Counter {
    nodes: BTreeMap<Turn, Counts>,
}

#[derive(Debug, Clone, Copy)]
struct Counts {
    steps: u64,
    /// `None` if a node should know and does not.
    tokens: Option<f64>,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            steps: 0,
            tokens: Some(0.0),
        }
    }
}

impl Counts {
    fn and(self, other: &Self) -> Self {
        Self {
            steps: self.steps + other.steps,
            tokens: self.tokens.zip(other.tokens).map(|(a, b)| a + b),
        }
    }
}

impl Counter {
    /// Counts a node that is complete; returns it with its metrics.
    pub(super) fn complete(&mut self, node: NodeRef, manifest: &Manifest) -> Complete {
        let own = Counts {
            steps: if node.stage == Train::NAME {
                names::steps(manifest)
            } else {
                0
            },
            tokens: if node.stage == Respond::NAME {
                names::seen_tokens(manifest)
            } else {
                Some(0.0)
            },
        };
        let until = self.before(turn(&node)).and(&own);
        self.nodes.insert(turn(&node), own);
        let mut metrics = names::of_node(&node.stage, manifest);
        if node.stage == Respond::NAME {
            metrics.extend(until.tokens.map(|tokens| ("num_tokens".to_owned(), tokens)));
        }
        Complete {
            node,
            seconds: manifest.seconds,
            global_step: until.steps,
            metrics,
        }
    }

    /// A step of a node, with what was measured and the seconds that it took, where they are known.
    pub(super) fn step(&self, node: NodeRef, step: u32, figures: &BTreeMap<String, f64>, took: Option<f64>) -> Event {
        let before = self.before(turn(&node));
        let mut metrics = names::of_step(figures);
        metrics.extend(took.map(|took| ("step_time".to_owned(), took)));
        metrics.extend(before.tokens.map(|tokens| ("num_tokens".to_owned(), tokens)));
        Event::Step {
            node,
            step,
            global_step: before.steps + u64::from(step) + 1,
            metrics,
        }
    }

    /// The sums over the nodes that come before `turn`.
    fn before(&self, turn: Turn) -> Counts {
        let earlier = self.nodes.range(..turn).map(|(_, counts)| counts);
        earlier.fold(Counts::default(), Counts::and)
    }
}
