//! All at a glance: state, nodes, the one at work, curves, warnings.

use ratatui::text::{Line, Span};

use super::graph;
use super::spark::spark;
use super::style::Colours;
use crate::progress::{count, duration, figure};
use crate::report::findings::Verdict;
use crate::watch::snapshot::{AtRow, RunState, Snapshot};

/// Columns of the names at the left.
const LABEL: usize = 9;
/// Columns of the first value of a curve.
const FIRST: usize = 6;
/// Columns of the bar of the node at work.
const BAR: usize = 20;
/// Warnings that are shown.
const WARNINGS: usize = 4;

/// The lines.
pub(super) fn lines(run: &Snapshot, width: usize, colours: Colours) -> Vec<Line<'static>> {
    let mut lines = vec![title(run, width, colours), Line::default()];
    lines.extend(graph::lines(run, width, colours));
    lines.push(Line::default());
    if let Some(at) = &run.at {
        lines.extend(at_work(at, width, colours));
        lines.push(Line::default());
    }
    let curves = [
        ("reward", &run.curves.reward, 3),
        ("r_mean", &run.curves.r_mean, 3),
        ("KL", &run.curves.kl, 4),
        ("entropy", &run.curves.entropy, 3),
    ];
    let drawn =
        curves.map(|(name, curve, decimals)| curve_line(name, curve, width, colours, |v| format!("{v:.decimals$}")));
    let percent = |value: f64| format!("{:.1}%", 100.0 * value);
    let drawn: Vec<Line<'static>> = drawn
        .into_iter()
        .chain([curve_line("Pass@1", &run.curves.pass_at_1, width, colours, percent)])
        .flatten()
        .collect();
    if !drawn.is_empty() {
        lines.extend(drawn);
        lines.push(Line::default());
    }
    lines.extend(warnings(run, width, colours));
    lines
}

fn title(run: &Snapshot, width: usize, colours: Colours) -> Line<'static> {
    let (done, all) = run.iterations();
    let mut parts = vec![state(&run.state), format!("{done} of {all} iterations")];
    parts.extend(run.remaining.map(|left| {
        let more = if left.at_least { "over " } else { "" };
        format!("{more}{} left", duration(left.seconds))
    }));
    parts.push(format!("{} so far", duration(run.seconds)));
    let told = cut(&parts.join(", "), width.saturating_sub(run.run.chars().count() + 2));
    Line::from(vec![
        Span::styled(run.run.clone(), colours.strong()),
        Span::raw(format!("  {told}")),
    ])
}

fn state(state: &RunState) -> String {
    match state {
        RunState::Running { process } => format!("running by {process}"),
        RunState::Complete => "complete".to_owned(),
        RunState::Partial => "partial".to_owned(),
        RunState::Interrupted => "interrupted".to_owned(),
        RunState::Failed { .. } => "failed".to_owned(),
    }
}

fn at_work(at: &AtRow, width: usize, colours: Colours) -> Vec<Line<'static>> {
    let Some(reached) = &at.reached else {
        let told = format!("{} for {}", at.id, duration(at.seconds));
        return vec![labelled(
            "at",
            vec![Span::raw(cut(&told, width.saturating_sub(LABEL)))],
            colours,
        )];
    };
    let share = reached.done as f64 / reached.total.max(1) as f64;
    let full = (share.min(1.0) * BAR as f64).round() as usize;
    let bar = format!("{}{}", "━".repeat(full), "─".repeat(BAR - full));
    let done = format!(" {}/{} {}", count(reached.done), count(reached.total), reached.unit);
    let first = vec![
        Span::styled(format!("{} ", at.id), colours.strong()),
        Span::styled(bar, colours.curve()),
        Span::raw(done),
    ];
    let left = reached.seconds_left.map(|left| format!("{} left", duration(left)));
    let rate = reached
        .tokens_per_second
        .map(|rate| format!("{} tokens/s", count(rate as u64)));
    let figures = at.metrics.iter().map(|(name, value)| figure(name, *value));
    let told: Vec<String> = left.into_iter().chain(rate).chain(figures).collect();
    let second = cut(&told.join(", "), width.saturating_sub(LABEL));
    vec![
        labelled("at", first, colours),
        labelled("", vec![Span::raw(second)], colours),
    ]
}

/// The first value, the curve and the last value; none without values.
fn curve_line(
    name: &str,
    curve: &[(f64, f64)],
    width: usize,
    colours: Colours,
    told: impl Fn(f64) -> String,
) -> Option<Line<'static>> {
    let values: Vec<f64> = curve.iter().map(|(_, value)| *value).collect();
    let (first, last) = (told(*values.first()?), told(*values.last()?));
    let room = width.saturating_sub(LABEL + FIRST + last.len() + 2);
    let drawn = spark(&values, room.min(60));
    let spans = vec![
        Span::raw(format!("{first:<FIRST$} ")),
        Span::styled(drawn, colours.curve()),
        Span::raw(format!(" {last}")),
    ];
    Some(labelled(name, spans, colours))
}

/// Why it failed, findings that are not well, the worst first, and then what it told its user last.
fn warnings(run: &Snapshot, width: usize, colours: Colours) -> Vec<Line<'static>> {
    let mut found: Vec<_> = run
        .findings
        .iter()
        .filter(|finding| finding.verdict > Verdict::Ok)
        .collect();
    found.sort_by_key(|finding| std::cmp::Reverse(finding.verdict));
    let room = width.saturating_sub(LABEL);
    let line = |verdict: Verdict, word: &str, text: &str| {
        let label = Span::styled(format!("{word:<LABEL$}"), colours.verdict(verdict));
        Line::from(vec![label, Span::raw(cut(text, room))])
    };
    let failed = match &run.state {
        RunState::Failed { error } => Some(line(Verdict::Fail, "failed", error)),
        _ => None,
    };
    let findings = found
        .iter()
        .map(|finding| line(finding.verdict, finding.verdict.word(), &finding.text));
    let messages = run
        .messages
        .iter()
        .rev()
        .map(|text| line(Verdict::Warn, "message", text));
    failed
        .into_iter()
        .chain(findings)
        .chain(messages)
        .take(WARNINGS)
        .collect()
}

fn labelled(label: &str, spans: Vec<Span<'static>>, colours: Colours) -> Line<'static> {
    let label = Span::styled(format!("{label:<LABEL$}"), colours.label());
    Line::from([vec![label], spans].concat())
}

/// `text` in one line of `width` columns.
pub(super) fn cut(text: &str, width: usize) -> String {
    let text = text.replace('\n', " ");
    match text.char_indices().nth(width) {
        None => text,
        Some(_) => format!("{}…", text.chars().take(width.saturating_sub(1)).collect::<String>()),
    }
}
