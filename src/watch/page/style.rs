//! Colours and signs.

use ratatui::style::{Color, Modifier, Style};

use crate::report::findings::Verdict;
use crate::watch::snapshot::NodeState;

/// Whether pages are coloured. What colours say is said by signs and words, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// They are.
    Some,
    /// They are not.
    None,
}

impl Colours {
    fn of(self, colour: Color) -> Style {
        match self {
            Self::Some => Style::new().fg(colour),
            Self::None => Style::new(),
        }
    }

    /// For names of things.
    pub(in crate::watch) fn label(self) -> Style {
        match self {
            Self::Some => Style::new().add_modifier(Modifier::DIM),
            Self::None => Style::new(),
        }
    }

    /// For what matters most.
    pub(in crate::watch) fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// For curves.
    pub(in crate::watch) fn curve(self) -> Style {
        self.of(Color::Cyan)
    }

    pub(in crate::watch) fn state(self, state: NodeState) -> Style {
        match state {
            NodeState::Complete => self.of(Color::Green),
            NodeState::Running => self.of(Color::Cyan),
            NodeState::Stopped => self.of(Color::Red),
            NodeState::Waiting => self.label(),
        }
    }

    pub(in crate::watch) fn verdict(self, verdict: Verdict) -> Style {
        match verdict {
            Verdict::Ok => self.of(Color::Green),
            Verdict::Warn => self.of(Color::Yellow),
            Verdict::Fail => self.of(Color::Red),
        }
    }
}

/// A sign for the state of a node.
pub(super) fn sign(state: NodeState) -> &'static str {
    match state {
        NodeState::Complete => "■",
        NodeState::Running => "▶",
        NodeState::Stopped => "✗",
        NodeState::Waiting => "·",
    }
}

/// A word for it.
pub(super) fn word(state: NodeState) -> &'static str {
    match state {
        NodeState::Complete => "complete",
        NodeState::Running => "running",
        NodeState::Stopped => "stopped",
        NodeState::Waiting => "waiting",
    }
}
