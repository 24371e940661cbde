//! Sources of a configuration, and its values with their line numbers.

use std::fs;
use std::path::PathBuf;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::entry::Entry;
use super::error::{Origin, SettingsError};
use super::keys::{Keys, join};
use crate::builtin;

/// The source of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// None: only the defaults.
    Defaults,
    /// A TOML file.
    File(PathBuf),
    /// A configuration built into the binary.
    Builtin(String),
}

impl Source {
    /// The source named by an argument: a path, or `builtin:NAME`.
    pub fn named(argument: &str) -> Self {
        match argument.strip_prefix(builtin::PREFIX) {
            Some(name) => Self::Builtin(name.to_owned()),
            None => Self::File(argument.into()),
        }
    }

    /// The values of the source, in the order of the file.
    pub(super) fn entries(&self, keys: &Keys) -> Result<Vec<Entry>, SettingsError> {
        match self {
            Self::Defaults => Ok(Vec::new()),
            Self::File(path) => {
                let text = fs::read_to_string(path).map_err(|source| SettingsError::Unreadable {
                    path: path.clone(),
                    source,
                })?;
                parse(&text, &path.display().to_string(), keys)
            }
            Self::Builtin(name) => match builtin::config(name) {
                Some(text) => parse(text, &format!("{}{name}", builtin::PREFIX), keys),
                None => Err(SettingsError::UnknownBuiltin {
                    name: name.clone(),
                    known: builtin::config_names(),
                }),
            },
        }
    }
}

fn parse(text: &str, name: &str, keys: &Keys) -> Result<Vec<Entry>, SettingsError> {
    let syntax = |error: &toml::de::Error| {
        let (line, column) = position(text, error.span().map_or(0, |span| span.start));
        SettingsError::Syntax {
            name: name.to_owned(),
            line,
            column,
            reason: error.message().to_owned(),
        }
    };
    let values: toml::Table = text.parse().map_err(|error| syntax(&error))?;
    let spans = DeTable::parse(text).map_err(|error| syntax(&error))?;
    let mut reader = Reader {
        text,
        name,
        keys,
        entries: Vec::new(),
    };
    reader.section("", spans.get_ref(), &values);
    reader.entries.sort_by_key(|entry| match &entry.origin {
        Origin::File { line, .. } => *line,
        Origin::Argument(_) => usize::MAX,
    });
    Ok(reader.entries)
}

/// Walks the values and the positions of their keys in parallel.
struct Reader<'a> {
    text: &'a str,
    name: &'a str,
    keys: &'a Keys,
    entries: Vec<Entry>,
}

impl Reader<'_> {
    fn section(&mut self, prefix: &str, spans: &DeTable<'_>, values: &toml::Table) {
        for (name, span) in spans {
            let Some(value) = values.get(name.get_ref().as_ref()) else {
                continue;
            };
            let key = join(prefix, name.get_ref());
            // An unknown section is one fault, not one for each key in it.
            match (value, span.get_ref()) {
                (toml::Value::Table(values), DeValue::Table(spans)) if self.keys.is_section(&key) => {
                    self.section(&key, spans, values);
                }
                _ => self.value(key, name, value),
            }
        }
    }

    fn value<T>(&mut self, key: String, place: &Spanned<T>, value: &toml::Value) {
        let (line, _) = position(self.text, place.span().start);
        let origin = Origin::File {
            name: self.name.to_owned(),
            line,
        };
        self.entries.push(Entry {
            key,
            value: value.clone(),
            origin,
        });
    }
}

/// Line and column of a byte offset, both counted from 1.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}
