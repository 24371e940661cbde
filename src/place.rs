//! Where in a run a node stands: its id taken apart, and the order of the stages.

use std::fmt;

use serl_pipeline::NodeId;

/// Writes instructions.
pub const GENERATE: &str = "generate";
/// Keeps some of them.
pub const FILTER: &str = "filter";
/// Answers them and votes on the answers.
pub const VOTE: &str = "vote";
/// Trains on the rewards.
pub const TRAIN: &str = "train";
/// Measures the policy on held-out problems.
pub const EVALUATE: &str = "evaluate";

/// The stages of an iteration in the order in which they run. Those of one group take turns, round by round.
const ORDER: [&[&str]; 4] = [&[GENERATE], &[FILTER], &[VOTE, TRAIN], &[EVALUATE]];

/// The parts of a node's id, such as `1/vote.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Iteration; 0 measures the untouched policy.
    pub iteration: u32,
    /// Stage.
    pub stage: String,
    /// Round, for the stages that have rounds.
    pub round: Option<u32>,
}

impl Place {
    /// Takes `id` apart; none if no graph of `serl-stages` gives such an id.
    pub fn of(id: &NodeId) -> Option<Self> {
        let (iteration, within) = id.as_str().split_once('/')?;
        let (stage, round) = match within.split_once('.') {
            Some((stage, round)) => (stage, Some(round.parse().ok()?)),
            None => (within, None),
        };
        Some(Self {
            iteration: iteration.parse().ok()?,
            stage: stage.to_owned(),
            round,
        })
    }

    /// Places sorted by this come after those that they take inputs from. A stage that is not known comes last.
    pub fn order(&self) -> (u32, usize, Option<u32>, usize) {
        let of_group = |group: &[&str]| group.iter().position(|stage| *stage == self.stage);
        let mut groups = ORDER.iter().enumerate();
        let found = groups.find_map(|(group, stages)| Some((group, of_group(stages)?)));
        let (group, within) = found.unwrap_or((ORDER.len(), 0));
        (self.iteration, group, self.round, within)
    }

    /// The stage and its round, as in `vote.0`: the id without its iteration.
    pub fn turn(&self) -> String {
        let round = self.round.map(|round| format!(".{round}"));
        format!("{}{}", self.stage, round.unwrap_or_default())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.iteration, self.turn())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serl_artifacts::Digest;
    use serl_stages::config::Config;
    use serl_stages::{External, Externals, graph};

    /// The ids of a run with evaluation, in the order in which its nodes run.
    fn ids() -> Vec<NodeId> {
        let external = || External {
            digest: Digest::of(b"anything"),
            path: "anywhere".into(),
        };
        let externals = Externals {
            policy: external(),
            seeds: external(),
            problems: Some(external()),
        };
        let config = Config {
            iterations: 2,
            rounds: 12,
            ..Config::default()
        };
        let graph = graph(&config, &externals).unwrap();
        graph.nodes().iter().map(|node| node.id.clone()).collect()
    }

    #[test]
    fn ids_are_taken_apart_without_loss() {
        for id in ids() {
            assert_eq!(Place::of(&id).unwrap().to_string(), id.to_string());
        }
        for text in ["", "1", "x/vote.0", "1/vote.x", "-1/train"] {
            assert_eq!(Place::of(&NodeId::new(text)), None, "{text}");
        }
    }

    #[test]
    fn places_sort_as_a_run_goes() {
        let run = ids();
        let mut sorted = run.clone();
        sorted.sort();
        assert_ne!(sorted, run);
        sorted.sort_by_key(|id| Place::of(id).unwrap().order());
        assert_eq!(sorted, run);
    }
}
