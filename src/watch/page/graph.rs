//! The nodes of each iteration as signs.

use ratatui::text::{Line, Span};

use super::style::{Colours, sign};
use crate::watch::snapshot::{NodeRow, NodeState, Snapshot};

/// Rounds that are shown as signs; more are counted.
const ROUNDS: usize = 8;
/// Iterations that are shown.
const ITERATIONS: usize = 6;

/// A line per iteration, or several where they are long; of many iterations, those around the one at work.
pub(super) fn lines(run: &Snapshot, width: usize, colours: Colours) -> Vec<Line<'static>> {
    let mut iterations: Vec<(u32, Vec<&NodeRow>)> = Vec::new();
    for node in &run.nodes {
        match iterations
            .last_mut()
            .filter(|(iteration, _)| *iteration == node.place.iteration)
        {
            Some((_, nodes)) => nodes.push(node),
            None => iterations.push((node.place.iteration, vec![node])),
        }
    }
    let open = |(_, nodes): &(u32, Vec<&NodeRow>)| nodes.iter().any(|node| node.state != NodeState::Complete);
    let at = iterations.iter().position(open).unwrap_or(iterations.len());
    let first = (at + 2).min(iterations.len()).saturating_sub(ITERATIONS);
    let shown = iterations.iter().skip(first).take(ITERATIONS);
    shown
        .flat_map(|(iteration, nodes)| iteration_lines(*iteration, nodes, width, colours))
        .collect()
}

/// Stages in the order of their first nodes, each with a sign per node.
fn iteration_lines(iteration: u32, nodes: &[&NodeRow], width: usize, colours: Colours) -> Vec<Line<'static>> {
    let mut stages: Vec<(&str, Vec<NodeState>)> = Vec::new();
    for node in nodes {
        match stages.iter_mut().find(|(stage, _)| *stage == node.place.stage) {
            Some((_, states)) => states.push(node.state),
            None => stages.push((&node.place.stage, vec![node.state])),
        }
    }
    let label = format!("{iteration:>2}");
    let mut lines = vec![Line::from(Span::styled(label, colours.strong()))];
    for (stage, states) in stages {
        let spans = stage_spans(stage, &states, colours);
        let wide: usize = spans.iter().map(Span::width).sum();
        if lines.last().is_some_and(|line| line.width() + wide > width) {
            lines.push(Line::from("  "));
        }
        if let Some(line) = lines.last_mut() {
            line.spans.extend(spans);
        }
    }
    lines
}

fn stage_spans(stage: &str, states: &[NodeState], colours: Colours) -> Vec<Span<'static>> {
    let mut spans = vec![Span::styled(format!("  {stage} "), colours.label())];
    if states.len() <= ROUNDS {
        let signs = states
            .iter()
            .map(|&state| Span::styled(sign(state), colours.state(state)));
        spans.extend(signs);
    } else {
        let complete = states.iter().filter(|&&state| state == NodeState::Complete).count();
        let at = states.iter().copied().find(|&state| state != NodeState::Complete);
        let state = match at {
            Some(NodeState::Waiting) if complete > 0 => NodeState::Running,
            at => at.unwrap_or(NodeState::Complete),
        };
        let counted = format!("{} {complete}/{}", sign(state), states.len());
        spans.push(Span::styled(counted, colours.state(state)));
    }
    spans
}
