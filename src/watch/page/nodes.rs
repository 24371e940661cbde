//! A line per node.

use ratatui::text::{Line, Span};

use super::overview::cut;
use super::style::{Colours, sign, word};
use crate::progress::{count, duration, figure};
use crate::watch::snapshot::{NodeRow, NodeState, Snapshot};

/// Columns of a node's id and of its state and time.
const COLUMNS: (usize, usize) = (14, 22);
/// Figures of a node, in the order of their importance.
const FIGURES: [&str; 9] = [
    "eval/pass@1",
    "r_mean",
    "selected",
    "filter/kept",
    "generate/instructions",
    "completions/mean_length",
    "completions/clipped_ratio",
    "tokens_per_second",
    "steps",
];

/// The lines.
pub(super) fn lines(run: &Snapshot, width: usize, colours: Colours) -> Vec<Line<'static>> {
    run.nodes.iter().map(|node| line(node, run, width, colours)).collect()
}

fn line(node: &NodeRow, run: &Snapshot, width: usize, colours: Colours) -> Line<'static> {
    let at = run.at.as_ref().filter(|at| at.id == node.id).map(|at| at.seconds);
    let took = node.seconds.or(at).map(|seconds| format!(" {}", duration(seconds)));
    let state = format!("{} {}{}", sign(node.state), word(node.state), took.unwrap_or_default());
    let told = match node.state {
        NodeState::Complete => figures(node),
        _ => String::new(),
    };
    let room = width.saturating_sub(COLUMNS.0 + COLUMNS.1);
    Line::from(vec![
        Span::raw(format!("{:<width$}", node.id.as_str(), width = COLUMNS.0)),
        Span::styled(format!("{state:<width$}", width = COLUMNS.1), colours.state(node.state)),
        Span::raw(cut(&told, room)),
    ])
}

fn figures(node: &NodeRow) -> String {
    let told = FIGURES.iter().filter_map(|name| {
        let value = *node.metrics.get(*name)?;
        Some(match *name {
            "eval/pass@1" => format!("Pass@1 {:.1}%", 100.0 * value),
            "selected" => format!("selected {:.1}%", 100.0 * value),
            "completions/clipped_ratio" => format!("truncated {:.1}%", 100.0 * value),
            "completions/mean_length" => format!("mean length {value:.1}"),
            "filter/kept" => format!("{} kept", count(value as u64)),
            "generate/instructions" => format!("{} instructions", count(value as u64)),
            "tokens_per_second" => format!("{} tokens/s", count(value as u64)),
            "steps" => format!("{} steps", count(value as u64)),
            _ => figure(name, value),
        })
    });
    told.collect::<Vec<_>>().join(", ")
}
