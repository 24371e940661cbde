//! What the policy is asked, put together from the columns of a row.

use serl_artifacts::dataset::{Content, Record};

use super::columns::{Data, Keys, fault, shown, value};
use super::notes::Notes;
use super::options::Options;
use super::places::Place;
use super::text::asked;
use crate::error::StageError;

/// Columns that hold the text.
const TEXT: [&str; 17] = [
    "problem",
    "question.stem",
    "question.text",
    "question",
    "instruction",
    "prompt",
    "text",
    "question_stem",
    "query",
    "extra_info.question",
    "messages",
    "conversations",
    "conversation",
    "goal",
    "sentence",
    "ctx",
    "input",
];

/// Columns that an answer may need and that are not shown.
const CONTEXT: [&str; 17] = [
    "input",
    "context",
    "passage",
    "support",
    "article",
    "paragraph",
    "story",
    "document",
    "premise",
    "background",
    "hint",
    "lecture",
    "body",
    "fact1",
    "table",
    "system",
    "system_prompt",
];

/// Columns with what an instruction is about.
const INPUT: [&str; 2] = ["input", "context"];

const TABLE: &str = "table";
const TABLE_TITLE: &str = "table_title";

/// The names of all columns that may be part of what is asked, `wanted` included.
pub(super) fn names(wanted: &str) -> Vec<String> {
    let usual = TEXT
        .iter()
        .chain(&CONTEXT)
        .chain(&[TABLE, TABLE_TITLE])
        .map(|name| (*name).to_owned());
    let parts = wanted.split(',').map(|name| name.trim().to_owned());
    usual
        .chain(parts)
        .chain([wanted.to_owned()])
        .filter(|name| !name.is_empty())
        .collect()
}

/// Where the parts of a question are.
pub(super) struct Question {
    /// The columns of the text, in order. Only the last one must be filled.
    texts: Vec<String>,
    /// A column with what the instruction is about, as in the data of Alpaca and Dolly; often blank.
    input: Option<String>,
    options: Option<Place>,
    /// Columns that hold texts and are not shown.
    unshown: Vec<String>,
}

/// A question, ready to be asked.
pub(super) struct Asked {
    /// Its text, without options.
    pub(super) text: String,
    /// Its options.
    pub(super) options: Option<Options>,
    /// The answer in a conversation.
    pub(super) answer: Option<String>,
    /// The user's turns of a conversation; 0 if it is none.
    pub(super) turns: usize,
}

impl Question {
    /// Finds the columns: those named in the configuration, or the usual ones.
    ///
    /// # Errors
    /// There is no such column.
    pub(super) fn find(data: &Data<'_>, keys: Keys, text: &str, choices: &str) -> Result<Self, StageError> {
        let options = Place::find(data, keys.choices, choices)?;
        let mut texts = Vec::new();
        if text.contains(',') && !data.has(text) {
            for name in text.split(',') {
                texts.push(data.column(keys.text, name.trim(), &[])?);
            }
        } else {
            texts.push(data.column(keys.text, text, &TEXT)?);
        }
        let usual = text.is_empty();
        let asks = |name: &str| usual && texts.iter().any(|column| column.eq_ignore_ascii_case(name));
        let about = INPUT.into_iter().find(|name| asks("instruction") && data.has(name));
        let input = about.map(String::from);
        let is_text = |name: &str| data.content(name) == Some(Content::Text);
        if (asks("question") || asks("problem")) && is_text(TABLE) {
            let title = is_text(TABLE_TITLE).then_some(TABLE_TITLE);
            texts.splice(0..0, title.into_iter().chain([TABLE]).map(String::from));
        }
        let shown = |name: &str| {
            texts
                .iter()
                .chain(&input)
                .any(|column| column.eq_ignore_ascii_case(name))
        };
        let unshown = CONTEXT.into_iter().filter(|name| data.has(name) && !shown(name));
        Ok(Self {
            unshown: unshown.map(String::from).collect(),
            texts,
            input,
            options,
        })
    }

    /// The column that must be filled.
    pub(super) fn main(&self) -> &str {
        self.texts.last().map_or("", String::as_str)
    }

    /// The column of the right option, where the order of options is not given.
    pub(super) fn right(&self) -> Option<&str> {
        match &self.options {
            Some(Place::Wrong { right, .. }) => Some(right),
            _ => None,
        }
    }

    /// The question in a row; `None` if it is blank.
    ///
    /// # Errors
    /// The row lacks a column, or has something else than a text or options in it.
    pub(super) fn of(&self, record: &Record, notes: &mut Notes) -> Result<Option<Asked>, StageError> {
        let read = |name: &str| {
            let value = value(record, name).ok_or_else(|| fault(record, format!("no column {}", shown(name))))?;
            asked(value).map_err(|reason| fault(record, format!("column {} {reason}", shown(name))))
        };
        let main = read(self.main())?;
        let Some(text) = main.text else {
            notes.blank += 1;
            return Ok(None);
        };
        let mut parts = Vec::new();
        for name in self.texts.iter().rev().skip(1).rev() {
            parts.extend(read(name)?.text);
        }
        parts.push(text);
        if let Some(name) = &self.input {
            parts.extend(value(record, name).and_then(|value| asked(value).ok()?.text));
        }
        // The title of a table is its first line.
        let title = self
            .texts
            .first()
            .filter(|name| *name == TABLE_TITLE && parts.len() > 2);
        let text = match title {
            Some(_) => format!("{}\n{}", parts[0], parts[1..].join("\n\n")),
            None => parts.join("\n\n"),
        };
        notes.system |= main.system;
        notes.more_turns |= main.turns > 1;
        notes.parts |= main.parts;
        self.mention_unshown(record, &text, notes);
        let options = match &self.options {
            Some(place) => place.options(record).map_err(|reason| fault(record, reason))?,
            None => None,
        };
        Ok(Some(Asked {
            text,
            options,
            answer: main.answer,
            turns: main.turns,
        }))
    }

    fn mention_unshown(&self, record: &Record, text: &str, notes: &mut Notes) {
        for name in &self.unshown {
            let content = value(record, name).and_then(|value| asked(value).ok()?.text);
            if content.is_some_and(|content| !text.contains(&content)) && !notes.unshown.contains(name) {
                notes.unshown.push(name.clone());
            }
        }
    }
}
