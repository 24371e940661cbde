//! Where in a run a node stands.

use serl_pipeline::NodeId;
use serl_random::Place;

/// Where in a run a node stands, and the seed of its draws. All of it is in the node's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// The iteration, from 1; 0 is the policy that the run started from.
    pub iteration: u32,
    /// The round of the iteration, from 0; none for stages that run once an iteration.
    pub round: Option<u32>,
    /// Seed of all draws of the node; 0 for nodes that draw nothing.
    pub seed: u64,
}

impl At {
    /// The round; 0 where the stage has none.
    pub fn round(&self) -> u32 {
        self.round.unwrap_or(0)
    }

    /// The place of this iteration's draws that are called `label`.
    pub(crate) fn iteration_place(&self, label: &str) -> Place {
        Place::new(self.seed, label).index(u64::from(self.iteration))
    }

    /// The place of this round's draws that are called `label`.
    pub(crate) fn round_place(&self, label: &str) -> Place {
        self.iteration_place(label).index(u64::from(self.round()))
    }
}

/// The node of `stage` in an iteration and round: `1/generate`, `1/vote.0`.
pub fn node_id(stage: &str, iteration: u32, round: Option<u32>) -> NodeId {
    let round = round.map(|round| format!(".{round}")).unwrap_or_default();
    NodeId::new(format!("{iteration}/{stage}{round}"))
}
