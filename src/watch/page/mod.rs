//! What is shown of a snapshot, as lines: a terminal draws them, a pipe prints them.

mod findings;
mod graph;
mod nodes;
mod overview;
mod spark;
mod style;

use ratatui::text::Line;

use super::snapshot::Snapshot;
pub use style::Colours;

/// A page of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    /// All at a glance.
    Overview,
    /// Curves, which are drawn elsewhere.
    Charts,
    /// A line per node.
    Nodes,
    /// Findings and messages in full.
    Findings,
}

impl Page {
    /// All pages, in order.
    pub(super) const ALL: [Self; 4] = [Self::Overview, Self::Charts, Self::Nodes, Self::Findings];

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Charts => "Charts",
            Self::Nodes => "Nodes",
            Self::Findings => "Findings",
        }
    }

    /// Its lines, at most `width` columns wide; none of a page that is drawn.
    pub(super) fn lines(self, run: &Snapshot, width: usize, colours: Colours) -> Vec<Line<'static>> {
        match self {
            Self::Overview => overview::lines(run, width, colours),
            Self::Charts => Vec::new(),
            Self::Nodes => nodes::lines(run, width, colours),
            Self::Findings => findings::lines(run, width, colours),
        }
    }
}

/// The overview as text of at most `width` columns.
pub fn text(run: &Snapshot, width: usize) -> String {
    let lines = Page::Overview.lines(run, width, Colours::None);
    let text: Vec<String> = lines
        .iter()
        .map(|line| line.to_string().trim_end().to_owned())
        .collect();
    text.join("\n")
}
