//! What the user should know about an import that went well.

use std::path::Path;

use super::columns::{Keys, shown};

/// What happened to the rows of a data set.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Rows without a text.
    pub(super) blank: usize,
    /// Rows without a gold answer.
    pub(super) unanswered: usize,
    /// Whether conversations have system turns.
    pub(super) system: bool,
    /// Whether conversations have more than one turn of the user.
    pub(super) more_turns: bool,
    /// Whether texts have parts such as images.
    pub(super) parts: bool,
    /// Columns with texts that are not shown.
    pub(super) unshown: Vec<String>,
    /// How gold answers are read, if that needs to be said.
    pub(super) reading: Option<&'static str>,
}

impl Notes {
    /// The notes as sentences. `text` and `answer` are the columns.
    pub(super) fn told(&self, path: &Path, keys: Keys, text: &str, answer: &str) -> Vec<String> {
        let mut told = Vec::new();
        let rows = |count: usize| format!("{count} {}", if count == 1 { "row" } else { "rows" });
        if self.blank > 0 {
            told.push(format!(
                "left out {} without a text in {}",
                rows(self.blank),
                shown(text)
            ));
        }
        if self.unanswered > 0 {
            told.push(format!(
                "left out {} without a gold answer in {}",
                rows(self.unanswered),
                shown(answer)
            ));
        }
        if self.system {
            told.push(format!(
                "system turns in {} are not shown; `prompt.system` sets one",
                shown(text)
            ));
        }
        if self.more_turns {
            told.push(format!(
                "of conversations in {}, only the user's first turn is used",
                shown(text)
            ));
        }
        if self.parts {
            told.push(format!(
                "{} has parts that are no text, such as images; they are not shown",
                shown(text)
            ));
        }
        for name in &self.unshown {
            told.push(format!(
                "{} is not shown to the policy; to show it, name both columns: `{}={name},{text}`",
                shown(name),
                keys.text
            ));
        }
        if let Some(reading) = self.reading {
            let answer = shown(answer);
            told.push(format!(
                "{answer} is read as {reading}; if that is wrong, set `{}`",
                keys.kind
            ));
        }
        told.into_iter()
            .map(|note| format!("{}: {note}", path.display()))
            .collect()
    }
}
