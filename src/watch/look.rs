//! Makes a snapshot.

use serl_pipeline::{Live, NodeId};
use serl_stages::{Evaluate, Stage, Vote};

use super::remaining;
use super::snapshot::{AtRow, Curves, NodeRow, NodeState, RunState, Snapshot};
use crate::clock;
use crate::events::{At, Complete, End, Ledger, Row};
use crate::place::Place;
use crate::report::findings::Finding;

/// What a snapshot is made from.
pub(super) struct Sources<'a> {
    pub(super) run: &'a str,
    pub(super) ledger: &'a Ledger,
    /// All nodes that the run has when it is complete, in their order.
    pub(super) outline: &'a [NodeId],
    pub(super) live: Option<&'a Live>,
    pub(super) findings: &'a [Finding],
    /// Seconds since 1970.
    pub(super) now: f64,
}

/// The run as `sources` show it.
pub(super) fn look(sources: &Sources<'_>) -> Snapshot {
    let Sources { ledger, live, .. } = *sources;
    let at = ledger.at().map(|at| at_row(at, sources));
    let nodes: Vec<NodeRow> = sources.outline.iter().filter_map(|id| row(id, sources)).collect();
    let taken: f64 = nodes.iter().filter_map(|node| node.seconds).sum();
    Snapshot {
        run: sources.run.to_owned(),
        state: state(sources, &nodes),
        device: ledger.session().device.clone(),
        seconds: taken + at.as_ref().map_or(0.0, |at| at.seconds),
        remaining: live.and_then(|_| remaining::of(&nodes, ledger.planned(), at.as_ref())),
        at,
        curves: curves(ledger),
        findings: sources.findings.to_vec(),
        messages: ledger.session().messages.iter().map(|(_, text)| text.clone()).collect(),
        nodes,
    }
}

fn at_row(at: &At, sources: &Sources<'_>) -> AtRow {
    let last = clock::unix(&sources.ledger.session().last);
    let end = if sources.live.is_some() {
        Some(sources.now)
    } else {
        last
    };
    let since = |text: &str| {
        end.zip(clock::unix(text))
            .map_or(0.0, |(end, then)| (end - then).max(0.0))
    };
    let mut reached = at.reached.clone();
    // It was told a while ago.
    if let Some(left) = reached.as_mut().and_then(|reached| reached.seconds_left.as_mut()) {
        *left = (*left - since(&at.told)).max(0.0);
    }
    AtRow {
        id: at.node.node.clone(),
        seconds: since(&at.since),
        reached,
        metrics: at.metrics.clone(),
    }
}

fn row(id: &NodeId, sources: &Sources<'_>) -> Option<NodeRow> {
    let complete: Option<&Complete> = sources.ledger.complete().find(|complete| complete.node.node == *id);
    let begun = sources.ledger.at().is_some_and(|at| at.node.node == *id);
    let state = match (complete, begun, sources.live) {
        (_, true, Some(_)) => NodeState::Running,
        (_, true, None) => NodeState::Stopped,
        (Some(_), false, _) => NodeState::Complete,
        (None, false, _) => NodeState::Waiting,
    };
    let complete = complete.filter(|_| !begun);
    Some(NodeRow {
        id: id.clone(),
        place: Place::of(id)?,
        state,
        seconds: complete.map(|complete| complete.seconds),
        metrics: complete.map(|complete| complete.metrics.clone()).unwrap_or_default(),
    })
}

fn state(sources: &Sources<'_>, nodes: &[NodeRow]) -> RunState {
    if let Some(live) = sources.live {
        return RunState::Running {
            process: live.process.to_string(),
        };
    }
    let whole = nodes.iter().all(|node| node.state == NodeState::Complete);
    match &sources.ledger.session().end {
        Some(End::Failed(error)) => RunState::Failed { error: error.clone() },
        _ if whole => RunState::Complete,
        Some(End::Finished) => RunState::Partial,
        None if sources.ledger.at().is_none() => RunState::Partial,
        Some(End::Interrupted) | None => RunState::Interrupted,
    }
}

fn curves(ledger: &Ledger) -> Curves {
    let mut curves = Curves::default();
    for row in ledger.rows() {
        let put = |curve: &mut Vec<(f64, f64)>, at: f64, name: &str| {
            curve.extend(row.metrics().get(name).map(|&value| (at, value)));
        };
        let (step, node) = (row.global_step() as f64, row.node());
        match row {
            Row::Step(_) => {
                put(&mut curves.reward, step, "reward");
                put(&mut curves.kl, step, "kl");
                put(&mut curves.entropy, step, "entropy");
            }
            Row::Node(_) if node.stage == Vote::NAME => put(&mut curves.r_mean, step, "r_mean"),
            Row::Node(_) if node.stage == Evaluate::NAME => {
                put(&mut curves.pass_at_1, f64::from(node.iteration), "eval/pass@1");
            }
            Row::Node(_) => {}
        }
    }
    curves
}
