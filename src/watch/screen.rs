//! The screen: names of the pages, and one of them.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Block, Chart, Dataset, GraphType, Paragraph};

use super::page::{Colours, Page};
use super::snapshot::Snapshot;

/// What the user looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View {
    pub(super) page: Page,
    /// Lines that are scrolled over.
    pub(super) offset: usize,
}

impl View {
    /// The view at the start.
    pub(super) const FIRST: Self = Self {
        page: Page::Overview,
        offset: 0,
    };

    /// The page `by` further on, from its top.
    pub(super) fn turned(self, by: usize) -> Self {
        let at = Page::ALL.iter().position(|page| *page == self.page).unwrap_or(0);
        Self {
            page: Page::ALL[(at + by) % Page::ALL.len()],
            offset: 0,
        }
    }
}

/// Draws `view` of `run`; returns how far it can be scrolled.
pub(super) fn draw(frame: &mut Frame<'_>, run: &Snapshot, view: View, colours: Colours) -> usize {
    let [head, body] = Layout::vertical([Constraint::Length(2), Constraint::Fill(1)]).areas(frame.area());
    frame.render_widget(Paragraph::new(tabs(view.page, head.width, colours)), head);
    if view.page == Page::Charts {
        charts(frame, run, body, colours);
        return 0;
    }
    let lines = view.page.lines(run, body.width.into(), colours);
    let most = lines.len().saturating_sub(body.height.into());
    let shown: Vec<Line<'_>> = lines.into_iter().skip(view.offset.min(most)).collect();
    frame.render_widget(Paragraph::new(shown), body);
    most
}

fn tabs(at: Page, width: u16, colours: Colours) -> Line<'static> {
    let mut spans = vec![Span::styled("serl watch  ", colours.label())];
    for page in Page::ALL {
        let (text, style) = match page == at {
            true => (format!("[{}]", page.name()), colours.strong()),
            false => (format!(" {} ", page.name()), colours.label()),
        };
        spans.push(Span::styled(text, style));
    }
    let keys = "Tab ←→ ↑↓ q";
    let used: usize = spans.iter().map(Span::width).sum();
    if used + keys.chars().count() + 2 <= width.into() {
        let gap = usize::from(width) - used - keys.chars().count();
        spans.push(Span::styled(format!("{}{keys}", " ".repeat(gap)), colours.label()));
    }
    Line::from(spans)
}

/// The curves beside each other, as many as fit.
fn charts(frame: &mut Frame<'_>, run: &Snapshot, area: Rect, colours: Colours) {
    let curves = [
        ("Pass@1 by iteration", &run.curves.pass_at_1),
        ("reward by step", &run.curves.reward),
        ("r_mean by step", &run.curves.r_mean),
        ("KL by step", &run.curves.kl),
        ("entropy by step", &run.curves.entropy),
    ];
    let measured: Vec<_> = curves.into_iter().filter(|(_, curve)| !curve.is_empty()).collect();
    if measured.is_empty() {
        frame.render_widget(Paragraph::new("nothing was measured yet"), area);
        return;
    }
    let across = if area.width >= 100 { 3 } else { 2 }.min(measured.len());
    let rows = measured.len().div_ceil(across);
    let lines = Layout::vertical(vec![Constraint::Fill(1); rows]).split(area);
    for (line, curves) in lines.iter().zip(measured.chunks(across)) {
        let cells = Layout::horizontal(vec![Constraint::Fill(1); across])
            .spacing(1)
            .split(*line);
        for (cell, (name, curve)) in cells.iter().zip(curves) {
            chart(frame, name, curve, *cell, colours);
        }
    }
}

/// The ends of an axis along these values, and what stands at it: the least and the largest one. One value alone stands
/// in the middle.
fn axis(values: impl Iterator<Item = f64>, decimals: usize) -> ([f64; 2], Vec<String>) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let label = |value: f64| {
        let text = format!("{value:.decimals$}");
        // Not -0.000.
        let zero = text.trim_start_matches(['-', '0', '.']).is_empty();
        text.strip_prefix('-')
            .filter(|_| zero)
            .map_or(text.clone(), str::to_owned)
    };
    if high > low {
        return ([low, high], vec![label(low), label(high)]);
    }
    ([low - 0.5, high + 0.5], vec![String::new(), label(low), String::new()])
}

fn chart(frame: &mut Frame<'_>, name: &str, curve: &[(f64, f64)], area: Rect, colours: Colours) {
    let (x, steps) = axis(curve.iter().map(|point| point.0), 0);
    let (y, values) = axis(curve.iter().map(|point| point.1), 3);
    let data = Dataset::default()
        .marker(Marker::Braille)
        .graph_type(GraphType::Line)
        .style(colours.curve())
        .data(curve);
    let drawn = Chart::new(vec![data])
        .block(Block::new().title(Span::styled(name.to_owned(), colours.strong())))
        .x_axis(Axis::default().bounds(x).labels(steps).style(colours.label()))
        .y_axis(Axis::default().bounds(y).labels(values).style(colours.label()));
    frame.render_widget(drawn, area);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_the_ends_of_their_values() {
        let of = |values: &[f64]| axis(values.iter().copied(), 3);
        let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(of(&[0.5, -0.0004, 0.25]), ([-0.0004, 0.5], texts(&["0.000", "0.500"])));
        assert_eq!(of(&[-1.0, 1.0]).1, texts(&["-1.000", "1.000"]));
        assert_eq!(of(&[0.5]), ([0.0, 1.0], texts(&["", "0.500", ""])));
    }
}
