//! Which nodes of a graph are wanted.

use std::collections::BTreeSet;

use super::Graph;
use super::node::NodeSpec;
use crate::error::PipelineError;
use crate::id::NodeId;

/// Narrows a run to one stage, one iteration or both; what they need comes along. The default is everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only this stage. Without an iteration: in the first iteration after the 0th that has it.
    pub stage: Option<String>,
    /// Only this iteration.
    pub iteration: Option<u32>,
}

impl Selection {
    /// The selected nodes and all they depend on, in the graph's order.
    ///
    /// # Errors
    /// There is no such stage or iteration; the error lists those there are.
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
        let nodes = graph.nodes();
        let of_stage = |node: &&NodeSpec| self.stage.as_ref().is_none_or(|stage| node.stage == *stage);
        if let Some(stage) = &self.stage
            && !nodes.iter().any(|node| node.stage == *stage)
        {
            let known = listed(nodes.iter().map(|node| node.stage.clone()));
            return Err(PipelineError::UnknownStage {
                stage: stage.clone(),
                known,
            });
        }
        let iterations: BTreeSet<u32> = nodes.iter().filter(of_stage).map(|node| node.iteration).collect();
        let iteration = match (&self.stage, self.iteration) {
            (_, Some(iteration)) => iteration,
            // Iteration 0 measures the untouched policy; whoever asks for a stage means the first iteration that
            // learns.
            (Some(_), None) => match iterations.iter().find(|i| **i > 0).or(iterations.first()) {
                Some(first) => *first,
                None => return Ok(Vec::new()),
            },
            (None, None) => return Ok(nodes.iter().collect()),
        };
        if !iterations.contains(&iteration) {
            let known = listed(iterations.iter().map(u32::to_string));
            return Err(PipelineError::UnknownIteration {
                stage: self.stage.clone(),
                iteration,
                known,
            });
        }
        Ok(nodes
            .iter()
            .filter(of_stage)
            .filter(|node| node.iteration == iteration)
            .collect())
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

    /// 0/evaluate; then per iteration: make <- the last train, train <- make, evaluate <- train.
    fn graph() -> Graph {
        let node = |iteration: u32, stage: &str, from: Option<&str>| NodeSpec {
            id: NodeId::new(format!("{iteration}/{stage}")),
            stage: stage.to_owned(),
            iteration,
            round: None,
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
            node(1, "train", Some("1/make")),
            node(1, "evaluate", Some("1/train")),
            node(2, "make", Some("1/train")),
            node(2, "train", Some("2/make")),
            node(2, "evaluate", Some("2/train")),
        ])
        .unwrap()
    }

    fn select(stage: Option<&str>, iteration: Option<u32>) -> Result<Vec<String>, String> {
        let selection = Selection {
            stage: stage.map(str::to_owned),
            iteration,
        };
        let graph = graph();
        let nodes = selection.resolve(&graph).map_err(|e| e.to_string())?;
        Ok(nodes.iter().map(|node| node.id.to_string()).collect())
    }

    #[test]
    fn targets_come_with_what_they_need() {
        assert_eq!(select(None, None).unwrap().len(), 7);
        assert_eq!(
            select(Some("evaluate"), None).unwrap(),
            ["1/make", "1/train", "1/evaluate"]
        );
        assert_eq!(select(Some("evaluate"), Some(0)).unwrap(), ["0/evaluate"]);
        assert_eq!(select(Some("make"), Some(2)).unwrap(), ["1/make", "1/train", "2/make"]);
        assert_eq!(select(None, Some(1)).unwrap(), ["1/make", "1/train", "1/evaluate"]);
        assert_eq!(select(None, Some(0)).unwrap(), ["0/evaluate"]);
    }

    #[test]
    fn what_is_not_there_is_answered_with_what_is() {
        let error = select(Some("vote"), None).unwrap_err();
        assert_eq!(error, "there is no stage `vote`; the stages are evaluate, make, train");
        assert_eq!(
            select(None, Some(3)).unwrap_err(),
            "there is no iteration 3; there are 0, 1, 2"
        );
        assert_eq!(
            select(Some("make"), Some(0)).unwrap_err(),
            "there is no iteration 0 of stage `make`; there are 1, 2"
        );
    }
}
