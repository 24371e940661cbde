//! What a report consists of: sections of blocks, which a template turns into HTML or Markdown.

use serde::Serialize;

use super::chart::{Part, bar, blocks, spark_svg, sparkline};
use crate::report::findings::{Finding, Verdict};

/// A whole report.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    /// Its title.
    pub title: String,
    /// Facts about the runs, in one line.
    pub facts: Vec<String>,
    /// The settings, where there are several.
    pub legend: Vec<Legend>,
    /// Whether it is about a single run.
    pub single: bool,
    /// What it says, in order.
    pub sections: Vec<Section>,
    /// The version that wrote it.
    pub version: &'static str,
}

/// A setting and how its lines look.
#[derive(Debug, Clone, Serialize)]
pub struct Legend {
    /// The letter that stands for it.
    pub letter: String,
    /// Number of its colour.
    pub colour: usize,
    /// What it is.
    pub text: String,
}

/// A part of a report under a title.
#[derive(Debug, Clone, Serialize)]
pub struct Section {
    /// Its anchor.
    pub id: &'static str,
    /// Its title.
    pub title: String,
    /// Its content.
    pub blocks: Vec<Block>,
}

impl Section {
    /// A section without content.
    pub fn new(id: &'static str, title: impl Into<String>) -> Self {
        Self {
            id,
            title: title.into(),
            blocks: Vec::new(),
        }
    }

    /// With this block below the others.
    pub fn with(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// With this sentence below the others.
    pub fn noting(self, text: impl Into<String>) -> Self {
        self.with(Block::Note { text: text.into() })
    }
}

/// A part of a section.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// A sentence, such as why something is missing.
    Note {
        /// It.
        text: String,
    },
    /// The title of what follows.
    Heading {
        /// It.
        text: String,
    },
    /// Charts next to each other.
    Figures {
        /// They.
        figures: Vec<Figure>,
    },
    /// A table.
    Table {
        /// It.
        table: Table,
    },
    /// Findings under their questions.
    Findings {
        /// They.
        groups: Vec<FindingGroup>,
    },
    /// Instructions to read.
    Samples {
        /// They.
        samples: Vec<Sample>,
    },
    /// Held-out problems that became right or wrong.
    Flips {
        /// They.
        flips: Vec<FlipText>,
    },
    /// Text to copy.
    Code {
        /// It.
        text: String,
    },
    /// Content that is shown on demand.
    Fold {
        /// What is shown before.
        summary: String,
        /// What is folded.
        blocks: Vec<Block>,
    },
}

/// A chart, drawn and as text.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// Its title.
    pub title: String,
    /// What one must know to read it.
    pub caption: String,
    /// The chart, an SVG element whose texts are escaped.
    pub svg: String,
    /// The chart as text, one line each.
    pub lines: Vec<TextLine>,
    /// Pixels of its width, which its caption keeps to; none: it is as wide as the page, and scrolls where that is
    /// narrow.
    pub width: Option<u32>,
}

/// A line of a chart as text.
#[derive(Debug, Clone, Serialize)]
pub struct TextLine {
    /// Its name.
    pub name: String,
    /// Its course.
    pub spark: String,
    /// Its values, or the first and the last.
    pub values: String,
}

/// A table.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Table {
    /// The names of its columns.
    pub header: Vec<Head>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// One with these columns; those that begin with `#` hold numbers.
    pub fn new<S: AsRef<str>>(header: impl IntoIterator<Item = S>) -> Self {
        let head = |name: S| {
            let name = name.as_ref();
            let (text, number) = name.strip_prefix('#').map_or((name, false), |name| (name, true));
            Head {
                text: text.to_owned(),
                number,
            }
        };
        Self {
            header: header.into_iter().map(head).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn push(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// It, as a block.
    pub fn block(self) -> Block {
        Block::Table { table: self }
    }
}

/// The head of a column.
#[derive(Debug, Clone, Serialize)]
pub struct Head {
    /// Its name.
    pub text: String,
    /// Whether it holds numbers.
    pub number: bool,
}

/// A cell of a table.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// How it looks: a verdict, `code`, `changed` or nothing.
    pub tone: &'static str,
    /// A picture that says the same, an SVG element.
    pub svg: String,
    /// What a pointer shows that rests on it.
    pub title: String,
}

impl Cell {
    /// A cell with text.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// A cell that looks like this.
    pub fn toned(text: impl Into<String>, tone: &'static str) -> Self {
        Self {
            tone,
            ..Self::text(text)
        }
    }

    /// A verdict, with what it says.
    pub fn verdict(verdict: Verdict, title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            ..Self::toned(verdict.word(), verdict.word())
        }
    }

    /// A bar.
    pub fn bar(name: &str, parts: &[Part]) -> Self {
        Self {
            svg: bar(name, parts),
            ..Self::text(blocks(parts))
        }
    }

    /// The course of some values.
    pub fn spark(name: &str, values: &[f64]) -> Self {
        Self {
            svg: spark_svg(name, values),
            ..Self::text(sparkline(values))
        }
    }
}

/// A text in a cell.
impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

/// The findings of one question.
#[derive(Debug, Clone, Serialize)]
pub struct FindingGroup {
    /// The question.
    pub question: &'static str,
    /// The answers.
    pub findings: Vec<Finding>,
}

/// An instruction that was voted on.
#[derive(Debug, Clone, Serialize)]
pub struct Sample {
    /// How hard it is.
    pub what: &'static str,
    /// Where it stands, and what was decided.
    pub place: String,
    /// Its text.
    pub text: String,
    /// Its answers with their counts.
    pub answers: Vec<AnswerCount>,
    /// A response that was rewarded.
    pub agreeing: Option<String>,
    /// One that was not.
    pub disagreeing: Option<String>,
    /// What it was written after; empty for a seed.
    pub origin: String,
    /// The examples in its prompt.
    pub parents: Vec<String>,
}

/// An answer.
#[derive(Debug, Clone, Serialize)]
pub struct AnswerCount {
    /// It.
    pub answer: String,
    /// Responses that gave it.
    pub count: usize,
    /// Whether it is the majority answer.
    pub majority: bool,
}

/// A held-out problem that became right or wrong.
#[derive(Debug, Clone, Serialize)]
pub struct FlipText {
    /// Whether it became right.
    pub gained: bool,
    /// The benchmark, and its id there.
    pub place: String,
    /// The problem.
    pub problem: String,
    /// The gold answer.
    pub gold: String,
    /// The response before.
    pub before: String,
    /// The response after.
    pub after: String,
}
