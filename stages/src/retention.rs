//! Which policies of a run are dropped once they have been replaced.

use serl_pipeline::{NodeId, Retention};

use crate::config::{Config, KeepPolicies};
use crate::stage::Stage;
use crate::stage::at::node_id;
use crate::stage::output::Output;
use crate::train::Train;

/// The outputs of a train node that the next one replaces: the policy and the state of the optimizer.
const REPLACED: [Output; 2] = [Train::POLICY, Train::TRAINER];

/// The outputs of train nodes that `execution.keep_policies` does not keep.
pub fn retention(config: &Config) -> Retention {
    let last_round = config.rounds.saturating_sub(1);
    let is_temporary = |iteration: u32, round: u32| match config.execution.keep_policies {
        KeepPolicies::All => false,
        KeepPolicies::Iterations => round != last_round,
        KeepPolicies::Last => (iteration, round) != (config.iterations, last_round),
    };
    let rounds = |iteration| (0..config.rounds).map(move |round| (iteration, round));
    let trained = (1..=config.iterations).flat_map(rounds);
    let replaced = trained.filter(|(iteration, round)| is_temporary(*iteration, *round));
    let outputs = |node: NodeId| REPLACED.map(|output| (node.clone(), output.name.to_owned()));
    Retention::new(replaced.flat_map(|(t, r)| outputs(node_id(Train::NAME, t, Some(r)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The train nodes of two iterations of two rounds whose policies are dropped.
    fn dropped(keep: KeepPolicies) -> Vec<&'static str> {
        let mut config = Config {
            iterations: 2,
            rounds: 2,
            ..Config::default()
        };
        config.execution.keep_policies = keep;
        let retention = retention(&config);
        let nodes = ["1/train.0", "1/train.1", "2/train.0", "2/train.1"];
        let gone = |node: &&str, output| retention.is_temporary(&NodeId::from(*node), output);
        for node in nodes {
            assert_eq!(gone(&node, "policy"), gone(&node, "trainer"), "{node}");
            assert!(!gone(&node, "train_log.parquet"));
        }
        nodes.into_iter().filter(|node| gone(node, "policy")).collect()
    }

    #[test]
    fn each_mode_keeps_what_it_is_called_after() {
        assert!(dropped(KeepPolicies::All).is_empty());
        assert_eq!(dropped(KeepPolicies::Iterations), ["1/train.0", "2/train.0"]);
        assert_eq!(dropped(KeepPolicies::Last), ["1/train.0", "1/train.1", "2/train.0"]);
    }
}
