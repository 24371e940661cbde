//! Which columns a data set has, and the values in them.
//!
//! Names are the same in upper and lower case; a dot leads into an object. Knows the usual names, not the values.

use std::path::Path;

use serde_json::{Map, Value};
use serl_artifacts::dataset::{Content, Record, Rows};
use serl_artifacts::{ArtifactError, Place};

use crate::error::StageError;

/// Most names of columns in a message.
const MOST_NAMES: usize = 20;

/// Longest name of a column in a message, in characters.
const MOST_CHARS: usize = 60;

/// A data set with its path, for messages.
pub(super) struct Data<'a> {
    pub(super) path: &'a Path,
    pub(super) rows: &'a Rows,
}

impl Data<'_> {
    /// The column `wanted`, or the first of `usual` that there is, by its full name.
    ///
    /// # Errors
    /// There is none; the message names `key` and the columns that there are.
    pub(super) fn column(&self, key: &str, wanted: &str, usual: &[&str]) -> Result<String, StageError> {
        let candidates = if wanted.is_empty() { usual } else { &[wanted] };
        if let Some(found) = candidates.iter().find(|name| self.has(name)) {
            return Ok((*found).to_owned());
        }
        let undotted = candidates.iter().filter(|name| !name.contains('.') || wanted == **name);
        let sought: Vec<String> = undotted.take(5).map(|name| shown(name)).collect();
        let sought = sought.join(", ") + if candidates.len() > 5 { " or the like" } else { "" };
        let rows = self
            .rows
            .columns
            .iter()
            .find(|(_, content)| *content == Content::Objects);
        let advice = match rows {
            Some((name, _)) if self.rows.records.len() == 1 => {
                format!(
                    "if `{name}` has the rows, save them alone: `jq '.{name}' FILE`",
                    name = plain(name)
                )
            }
            _ if self.is_object_of_rows() => "if its members are the rows, save them alone: `jq '.[]' -c FILE`".into(),
            _ => format!("name the column with `{key}=…`"),
        };
        Err(self.fault(None, format!("no column {sought}; it has {}; {advice}", self.names())))
    }

    /// Whether there is a column of this name in the first row.
    pub(super) fn has(&self, name: &str) -> bool {
        let named = self.rows.columns.iter().any(|(column, _)| same(column, name));
        named
            || self
                .rows
                .records
                .first()
                .is_some_and(|first| part(&first.fields, name).is_some())
    }

    /// Whether there is a column of just this name, upper and lower case included.
    pub(super) fn has_exactly(&self, name: &str) -> bool {
        self.rows.columns.iter().any(|(column, _)| column == name)
    }

    /// The content of a column in the first row.
    pub(super) fn content(&self, name: &str) -> Option<Content> {
        let mut columns = self.rows.columns.iter();
        columns
            .find(|(column, _)| same(column, name))
            .map(|(_, content)| *content)
    }

    fn is_object_of_rows(&self) -> bool {
        let columns = &self.rows.columns;
        let all = columns.iter().all(|(_, content)| *content == Content::Object);
        self.rows.records.len() == 1 && !columns.is_empty() && all
    }

    fn names(&self) -> String {
        let columns = &self.rows.columns;
        if columns.is_empty() {
            return "none".into();
        }
        let names: Vec<String> = columns.iter().take(MOST_NAMES).map(|(name, _)| shown(name)).collect();
        match columns.len().saturating_sub(MOST_NAMES) {
            0 => names.join(", "),
            more => format!("{} and {more} more", names.join(", ")),
        }
    }

    /// What is wrong with the data set, at a place of its first file or of the file of `record`.
    pub(super) fn fault(&self, place: Option<Place>, reason: String) -> StageError {
        ArtifactError::dataset(self.path, place, reason).into()
    }
}

/// The keys of the configuration that name columns.
#[derive(Clone, Copy)]
pub(super) struct Keys {
    pub(super) text: &'static str,
    pub(super) choices: &'static str,
    /// That of the gold answer; empty where none is read.
    pub(super) answer: &'static str,
    /// That which says what gold answers of multiple-choice problems are.
    pub(super) kind: &'static str,
}

/// What is wrong with a row.
pub(super) fn fault(record: &Record, reason: String) -> StageError {
    ArtifactError::dataset(&record.file, Some(record.place), reason).into()
}

/// The value in a column of a row; `None` if there is no such column.
pub(super) fn value<'r>(record: &'r Record, name: &str) -> Option<&'r Value> {
    part(&record.fields, name)
}

fn part<'v>(fields: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    let whole = || {
        fields
            .iter()
            .find(|(column, _)| same(column, name))
            .map(|(_, value)| value)
    };
    fields.get(name).or_else(whole).or_else(|| {
        let (root, inside) = name.split_once('.')?;
        let (_, value) = fields.iter().find(|(column, _)| same(column, root))?;
        part(value.as_object()?, inside)
    })
}

fn same(a: &str, b: &str) -> bool {
    a == b || a.to_lowercase() == b.to_lowercase()
}

/// A name in backticks, safe to print.
pub(super) fn shown(name: &str) -> String {
    format!("`{}`", plain(name))
}

fn plain(name: &str) -> String {
    let short: String = name.chars().take(MOST_CHARS).collect();
    let more = if short.len() < name.len() { "…" } else { "" };
    short.escape_debug().to_string() + more
}

/// What a value is, for messages.
pub(super) fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(_) => "a truth value".into(),
        Value::Number(_) => "a number".into(),
        Value::String(_) => "a text".into(),
        Value::Array(_) => "a list".into(),
        Value::Object(members) => {
            let names: Vec<String> = members.keys().take(MOST_NAMES).map(|name| shown(name)).collect();
            format!("an object with {} (name one of them after a dot)", names.join(", "))
        }
    }
}
