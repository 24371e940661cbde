//! Which nodes of a graph are wanted.

use std::collections::BTreeSet;

use super::Graph;
use super::node::NodeSpec;
use crate::error::PipelineError;
use crate::id::NodeId;

/// Narrows a run to a stage, an iteration, a round or any of these together, or to single nodes. The default is
/// everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only this stage. Without an iteration: in the first iteration after the 0th that has it.
    pub stage: Option<String>,
    /// Only this iteration.
    pub iteration: Option<u32>,
    /// Only this round. Without an iteration: in the first iteration that has rounds.
    pub round: Option<u32>,
    /// Exactly these nodes: what they need must be complete. None: what the other fields say, and all that this needs.
    pub nodes: Vec<NodeId>,
}

impl Selection {
    /// Exactly these nodes, and nothing before them.
    pub fn exactly(nodes: Vec<NodeId>) -> Self {
        Self {
            nodes,
            ..Self::default()
        }
    }

    /// Whether nothing but the named nodes may run.
    pub(crate) fn is_exact(&self) -> bool {
        !self.nodes.is_empty()
    }

    /// The selected nodes and all they depend on, in the graph's order.
    ///
    /// # Errors
    /// There is no such node, stage, iteration or round; the error lists those there are.
    pub fn resolve<'g>(&self, graph: &'g Graph) -> Result<Vec<&'g NodeSpec>, PipelineError> {
        let mut wanted: BTreeSet<&NodeId> = self.targets(graph)?.into_iter().map(|node| &node.id).collect();
        // Backwards, every node is met after all that need it.
        for node in graph.nodes().iter().rev() {
            if wanted.contains(&node.id) {
                wanted.extend(node.upstream());
            }
        }
        Ok(graph.nodes().iter().filter(|node| wanted.contains(&node.id)).collect())
    }

    /// The nodes that it names; none if it is everything.
    ///
    /// # Errors
    /// As [`Selection::resolve`].
    pub(crate) fn named(&self, graph: &Graph) -> Result<BTreeSet<NodeId>, PipelineError> {
        if *self == Self::default() {
            return Ok(BTreeSet::new());
        }
        let targets = self.targets(graph)?;
        Ok(targets.into_iter().map(|node| node.id.clone()).collect())
    }

    fn targets<'g>(&self, graph: &'g Graph) -> Result<Vec<&'g NodeSpec>, PipelineError> {
        if self.is_exact() {
            let found = |id: &NodeId| graph.node(id).ok_or_else(|| unknown_node(id, graph));
            return self.nodes.iter().map(found).collect();
        }
        let of_stage = self.of_stage(graph)?;
        let Some(iteration) = self.iteration_among(&of_stage)? else {
            return Ok(of_stage);
        };
        let of_iteration = of_stage
            .into_iter()
            .filter(|node| node.iteration == iteration)
            .collect();
        self.of_round(iteration, of_iteration)
    }

    fn of_stage<'g>(&self, graph: &'g Graph) -> Result<Vec<&'g NodeSpec>, PipelineError> {
        let nodes = graph.nodes();
        let Some(stage) = &self.stage else {
            return Ok(nodes.iter().collect());
        };
        let found: Vec<&NodeSpec> = nodes.iter().filter(|node| node.stage == *stage).collect();
        if found.is_empty() {
            return Err(PipelineError::UnknownStage {
                stage: stage.clone(),
                known: listed(nodes.iter().map(|node| node.stage.clone())),
            });
        }
        Ok(found)
    }

    /// The iteration that is meant; none if all are.
    fn iteration_among(&self, nodes: &[&NodeSpec]) -> Result<Option<u32>, PipelineError> {
        let iterations: BTreeSet<u32> = nodes.iter().map(|node| node.iteration).collect();
        match self.iteration {
            None if self.stage.is_none() && self.round.is_none() => Ok(None),
            // Iteration 0 measures the untouched policy; whoever asks for a stage means the first iteration that
            // learns.
            None => Ok(iterations.iter().find(|i| **i > 0).or(iterations.first()).copied()),
            Some(iteration) if iterations.contains(&iteration) => Ok(Some(iteration)),
            Some(iteration) => Err(PipelineError::UnknownIteration {
                stage: self.stage.clone(),
                iteration,
                known: listed(iterations.iter().map(u32::to_string)),
            }),
        }
    }

    fn of_round<'g>(&self, iteration: u32, nodes: Vec<&'g NodeSpec>) -> Result<Vec<&'g NodeSpec>, PipelineError> {
        let Some(round) = self.round else {
            return Ok(nodes);
        };
        let rounds: BTreeSet<u32> = nodes.iter().filter_map(|node| node.round).collect();
        if !rounds.contains(&round) {
            return Err(PipelineError::UnknownRound {
                stage: self.stage.clone(),
                iteration,
                round,
                known: listed(rounds.iter().map(u32::to_string)),
            });
        }
        Ok(nodes.into_iter().filter(|node| node.round == Some(round)).collect())
    }
}

fn unknown_node(id: &NodeId, graph: &Graph) -> PipelineError {
    PipelineError::UnknownNode {
        node: id.clone(),
        known: listed(graph.nodes().iter().map(|node| node.id.to_string())),
    }
}

/// Names without repetition, in the order of their first appearance.
fn listed(names: impl Iterator<Item = String>) -> String {
    let mut seen: Vec<String> = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Input;

    /// 0/evaluate; then per iteration: make <- the last train, train in two rounds <- make, evaluate <- train.
    fn graph() -> Graph {
        let node = |iteration: u32, turn: &str, from: Option<&str>| NodeSpec {
            id: NodeId::new(format!("{iteration}/{turn}")),
            stage: turn.split('.').next().unwrap().to_owned(),
            iteration,
            round: turn.split_once('.').map(|(_, round)| round.parse().unwrap()),
            code_version: 1,
            config: serde_json::Value::Null,
            seed: 0,
            inputs: from
                .map(|id| {
                    (
                        "in".to_owned(),
                        Input::Output {
                            node: id.into(),
                            output: "x".to_owned(),
                        },
                    )
                })
                .into_iter()
                .collect(),
        };
        Graph::new(vec![
            node(0, "evaluate", None),
            node(1, "make", None),
            node(1, "train.0", Some("1/make")),
            node(1, "train.1", Some("1/train.0")),
            node(1, "evaluate", Some("1/train.1")),
            node(2, "make", Some("1/train.1")),
            node(2, "train.0", Some("2/make")),
            node(2, "train.1", Some("2/train.0")),
            node(2, "evaluate", Some("2/train.1")),
        ])
        .unwrap()
    }

    fn resolved(selection: &Selection) -> Result<Vec<String>, String> {
        let graph = graph();
        let nodes = selection.resolve(&graph).map_err(|e| e.to_string())?;
        Ok(nodes.iter().map(|node| node.id.to_string()).collect())
    }

    fn select(stage: Option<&str>, iteration: Option<u32>, round: Option<u32>) -> Result<Vec<String>, String> {
        resolved(&Selection {
            stage: stage.map(str::to_owned),
            iteration,
            round,
            nodes: Vec::new(),
        })
    }

    #[test]
    fn targets_come_with_what_they_need() {
        let first = ["1/make", "1/train.0", "1/train.1", "1/evaluate"];
        assert_eq!(select(None, None, None).unwrap().len(), 9);
        assert_eq!(select(Some("evaluate"), None, None).unwrap(), first);
        assert_eq!(select(Some("evaluate"), Some(0), None).unwrap(), ["0/evaluate"]);
        assert_eq!(
            select(Some("make"), Some(2), None).unwrap(),
            ["1/make", "1/train.0", "1/train.1", "2/make"]
        );
        assert_eq!(select(None, Some(1), None).unwrap(), first);
        assert_eq!(select(None, Some(0), None).unwrap(), ["0/evaluate"]);
    }

    #[test]
    fn a_round_is_that_of_the_iteration_or_of_the_first() {
        assert_eq!(select(Some("train"), None, Some(0)).unwrap(), ["1/make", "1/train.0"]);
        assert_eq!(select(None, None, Some(0)).unwrap(), ["1/make", "1/train.0"]);
        assert_eq!(
            select(None, Some(2), Some(0)).unwrap(),
            ["1/make", "1/train.0", "1/train.1", "2/make", "2/train.0"]
        );
    }

    #[test]
    fn named_nodes_come_with_what_they_need_and_each_must_exist() {
        let exactly = |ids: &[&str]| resolved(&Selection::exactly(ids.iter().map(|id| NodeId::from(*id)).collect()));
        assert_eq!(
            exactly(&["1/train.1", "0/evaluate"]).unwrap(),
            ["0/evaluate", "1/make", "1/train.0", "1/train.1"]
        );
        assert_eq!(
            exactly(&["1/make", "1/train"]).unwrap_err(),
            "the run has no node `1/train`; its nodes are 0/evaluate, 1/make, 1/train.0, 1/train.1, 1/evaluate, \
             2/make, 2/train.0, 2/train.1, 2/evaluate"
        );
    }

    #[test]
    fn what_is_not_there_is_answered_with_what_is() {
        let refused = |stage, iteration, round| select(stage, iteration, round).unwrap_err();
        assert_eq!(
            refused(Some("vote"), None, None),
            "there is no stage `vote`; the stages are evaluate, make, train"
        );
        assert_eq!(
            refused(None, Some(3), None),
            "there is no iteration 3; there are 0, 1, 2"
        );
        assert_eq!(
            refused(Some("make"), Some(0), None),
            "there is no iteration 0 of stage `make`; there are 1, 2"
        );
        assert_eq!(
            refused(Some("train"), Some(2), Some(2)),
            "there is no round 2 of stage `train` in iteration 2; there are 0, 1"
        );
        assert_eq!(
            refused(None, None, Some(7)),
            "there is no round 7 in iteration 1; there are 0, 1"
        );
        assert_eq!(refused(Some("make"), None, Some(0)), "stage `make` has no rounds");
        assert_eq!(refused(None, Some(0), Some(0)), "iteration 0 has no rounds");
    }
}
