//! The place of a node in a run: the parts of its id, and the order of the stages.

use std::fmt;

use serl_pipeline::NodeId;
use serl_stages::registry::stage_names;
use serl_stages::{Respond, Stage};

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
    /// The parts of `id`; `None` if no graph of `serl-stages` has such an id.
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

    /// Places sorted by this come after those that they take inputs from. An unknown stage comes last. Stages that have
    /// rounds take turns, from where the first of them stands in an iteration.
    pub fn order(&self) -> (u32, usize, Option<u32>, usize) {
        let stands = |name: &str| stage_names().position(|stage| stage == name).unwrap_or(usize::MAX);
        let within = stands(&self.stage);
        let turn = if self.round.is_some() {
            stands(Respond::NAME)
        } else {
            within
        };
        (self.iteration, turn, self.round, within)
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
    use std::collections::BTreeMap;

    use serde_json::Value;
    use serl_artifacts::Digest;
    use serl_stages::config::Config;
    use serl_stages::{External, Externals, graph};

    /// The ids of a run with evaluation, in the order in which its nodes run.
    fn ids() -> Vec<NodeId> {
        let external = || External {
            digest: Digest::of(b"anything"),
            path: "anywhere".into(),
            tree: None,
        };
        let externals = Externals {
            policy: external(),
            seeds: external(),
            problems: Some(external()),
            encoder: None,
            evidence: BTreeMap::new(),
        };
        let config = Config {
            iterations: 2,
            rounds: 12,
            ..Config::default()
        };
        let graph = graph(&config, &externals, &Value::Null).unwrap();
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
