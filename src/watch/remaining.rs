//! How long a run still takes, judged by its own nodes.

use std::collections::HashMap;

use serl_pipeline::NodeId;

use super::snapshot::{AtRow, NodeRow, NodeState, Remaining};

/// Each waiting node of those that were `planned` takes the mean of the complete ones of its stage; the one at work
/// what it says, or else the rest of that mean. None if nothing is known.
pub(super) fn of(nodes: &[NodeRow], planned: &[NodeId], at: Option<&AtRow>) -> Option<Remaining> {
    let mut times: HashMap<&str, Vec<f64>> = HashMap::new();
    for node in nodes {
        times.entry(&node.place.stage).or_default().extend(node.seconds);
    }
    let mean = |node: &NodeRow| {
        let times = times.get(node.place.stage.as_str())?;
        (!times.is_empty()).then(|| times.iter().sum::<f64>() / times.len() as f64)
    };
    let at_work = |node: &NodeRow| {
        let at = at.filter(|at| at.id == node.id)?;
        let told = at.reached.as_ref().and_then(|reached| reached.seconds_left);
        told.or(Some((mean(node)? - at.seconds).max(0.0)))
    };
    let open = nodes.iter().filter(|node| node.state != NodeState::Complete);
    let open = open.filter(|node| planned.is_empty() || planned.contains(&node.id));
    let expected: Vec<Option<f64>> = open
        .map(|node| match node.state {
            NodeState::Running => at_work(node),
            _ => mean(node),
        })
        .collect();
    let known = expected.iter().flatten();
    let seconds = known.clone().sum();
    (known.count() > 0).then(|| Remaining {
        seconds,
        at_least: expected.contains(&None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{Metrics, Reached};
    use crate::place::Place;

    fn node(id: &str, state: NodeState, seconds: Option<f64>) -> NodeRow {
        let id = NodeId::new(id);
        NodeRow {
            place: Place::of(&id).unwrap(),
            id,
            state,
            seconds,
            metrics: Metrics::new(),
        }
    }

    fn at(id: &str, seconds: f64, left: Option<f64>) -> AtRow {
        let reached = left.map(|left| Reached {
            done: 1,
            total: 2,
            unit: "samples".to_owned(),
            tokens_per_second: None,
            seconds_left: Some(left),
        });
        AtRow {
            id: NodeId::new(id),
            seconds,
            reached,
            metrics: Metrics::new(),
        }
    }

    #[test]
    fn waiting_nodes_take_what_others_of_their_stage_took() {
        let mut nodes = vec![
            node("1/respond.0", NodeState::Complete, Some(10.0)),
            node("1/respond.1", NodeState::Complete, Some(20.0)),
            node("1/respond.2", NodeState::Running, None),
            node("1/respond.3", NodeState::Waiting, None),
        ];
        let left = |nodes: &[NodeRow], at: &AtRow| of(nodes, &[], Some(at)).unwrap();
        // 15 s a node, of which 5 are over.
        let expected = Remaining {
            seconds: 25.0,
            at_least: false,
        };
        assert_eq!(left(&nodes, &at("1/respond.2", 5.0, None)), expected);
        assert_eq!(left(&nodes, &at("1/respond.2", 5.0, Some(3.0))).seconds, 18.0);
        nodes.push(node("1/train.3", NodeState::Waiting, None));
        assert!(left(&nodes, &at("1/respond.2", 5.0, None)).at_least);
        // Only what was asked for counts.
        let planned = [NodeId::new("1/respond.2")];
        assert_eq!(
            of(&nodes, &planned, Some(&at("1/respond.2", 5.0, None)))
                .unwrap()
                .seconds,
            10.0
        );
        assert_eq!(of(&[node("1/train.3", NodeState::Waiting, None)], &[], None), None);
    }
}
