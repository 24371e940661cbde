//! Findings and messages in full.

use ratatui::text::{Line, Span};
use textwrap::{Options, wrap};

use super::style::Colours;
use crate::report::findings::Verdict;
use crate::watch::snapshot::{RunState, Snapshot};

/// Columns of the words at the left.
const LABEL: &str = "         ";

/// The lines: why the run failed, its findings, the worst first, and what it told its user.
pub(super) fn lines(run: &Snapshot, width: usize, colours: Colours) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let RunState::Failed { error } = &run.state {
        lines.extend(told("failed", Verdict::Fail, error, width, colours));
    }
    let mut found: Vec<_> = run.findings.iter().collect();
    found.sort_by_key(|finding| std::cmp::Reverse(finding.verdict));
    for finding in found {
        lines.extend(told(
            finding.verdict.word(),
            finding.verdict,
            &finding.text,
            width,
            colours,
        ));
        if let Some(advice) = &finding.advice {
            let options = Options::new(width)
                .initial_indent("         -> ")
                .subsequent_indent("            ");
            lines.extend(
                wrap(advice, options)
                    .into_iter()
                    .map(|line| Line::from(line.into_owned())),
            );
        }
    }
    for message in &run.messages {
        lines.extend(told("message", Verdict::Warn, message, width, colours));
    }
    if lines.is_empty() {
        lines.push(Line::from("nothing yet"));
    }
    lines
}

fn told(word: &str, verdict: Verdict, text: &str, width: usize, colours: Colours) -> Vec<Line<'static>> {
    let options = Options::new(width).initial_indent(LABEL).subsequent_indent(LABEL);
    let wrapped = wrap(text, options).into_iter().map(|line| line.into_owned());
    let mut lines: Vec<Line<'static>> = wrapped.map(Line::from).collect();
    if let Some(first) = lines.first_mut() {
        let text = first.to_string();
        let rest = text.get(LABEL.len()..).unwrap_or_default().to_owned();
        let label = Span::styled(format!("{word:<width$}", width = LABEL.len()), colours.verdict(verdict));
        *first = Line::from(vec![label, Span::raw(rest)]);
    }
    lines
}
