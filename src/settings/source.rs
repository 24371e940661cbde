//! Sources of a configuration, and its values with their line numbers.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::entry::Entry;
use super::error::{Origin, SettingsError};
use super::keys::{Keys, join};
use super::project::{FILE, rebased};
use crate::builtin;

/// The source of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// None: only the defaults.
    Defaults,
    /// A TOML file.
    File(PathBuf),
    /// A `serl.toml`, whose paths are relative to its folder, wherever it is used from.
    Project(PathBuf),
    /// A configuration built into the binary.
    Builtin(String),
}

/// As a user names it.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Defaults => Ok(()),
            Self::File(path) | Self::Project(path) => write!(f, "{}", path.display()),
            Self::Builtin(name) => write!(f, "{}{name}", builtin::PREFIX),
        }
    }
}

impl Source {
    /// The source named by an argument: a path, or `builtin:NAME`.
    pub fn named(argument: &str) -> Self {
        match argument.strip_prefix(builtin::PREFIX) {
            Some(name) => Self::Builtin(name.to_owned()),
            None if Path::new(argument).file_name().is_some_and(|name| name == FILE) => Self::Project(argument.into()),
            None => Self::File(argument.into()),
        }
    }

    /// The text of the source. It is read once: a pipe gives it only once.
    pub(super) fn text(&self) -> Result<Text, SettingsError> {
        match self {
            Self::Defaults => Ok(Text::default()),
            Self::File(path) => Text::read(path, Path::new("")),
            Self::Project(path) => Text::read(path, path.parent().unwrap_or(Path::new(""))),
            Self::Builtin(name) => match builtin::config(name) {
                Some(text) => Ok(Text {
                    folder: PathBuf::new(),
                    text: text.to_owned(),
                    name: format!("{}{name}", builtin::PREFIX),
                }),
                None => Err(SettingsError::UnknownBuiltin {
                    name: name.clone(),
                    known: builtin::config_names(),
                }),
            },
        }
    }
}

/// The text of a configuration and its name for messages.
#[derive(Debug, Default)]
pub(super) struct Text {
    name: String,
    text: String,
    /// What paths in it are relative to; empty for the current folder.
    folder: PathBuf,
}

impl Text {
    fn read(path: &Path, folder: &Path) -> Result<Self, SettingsError> {
        let unreadable = |source| SettingsError::Unreadable {
            path: path.to_owned(),
            source,
        };
        Ok(Self {
            name: path.display().to_string(),
            text: read(path).map_err(unreadable)?,
            folder: folder.to_owned(),
        })
    }

    /// Its values, in the order of the file.
    pub(super) fn entries(&self, keys: &Keys) -> Result<Vec<Entry>, SettingsError> {
        let entries = parse(&self.text, &self.name, keys)?;
        Ok(rebased(entries, &self.folder, &self.name, keys))
    }
}

/// Bytes of the longest configuration that is read: a file that never ends, or is something else, is not read whole.
const LONGEST: u64 = 16 << 20;

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?.take(LONGEST + 1).read_to_string(&mut text);
    if text.len() as u64 > LONGEST {
        let reason = format!("it is longer than {} MB, and so no configuration", LONGEST >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    read.map(|_| text)
}

fn parse(text: &str, name: &str, keys: &Keys) -> Result<Vec<Entry>, SettingsError> {
    let lines = Lines::of(text);
    let syntax = |error: &toml::de::Error| {
        let (line, column) = lines.position(error.span().map_or(0, |span| span.start));
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
        lines: &lines,
        name,
        keys,
        entries: Vec::new(),
    };
    reader.section("", spans.get_ref(), &values);
    reader.entries.sort_by_key(|entry| match &entry.origin {
        Origin::File { line, .. } => *line,
        Origin::Argument(_) | Origin::Environment(_) => usize::MAX,
    });
    Ok(reader.entries)
}

/// Walks the values and the positions of their keys in parallel.
struct Reader<'a> {
    lines: &'a Lines<'a>,
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
        let line = self.lines.number(place.span().start);
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

/// A text with the beginnings of its lines, so that a place in it is found without reading the text again.
struct Lines<'a> {
    text: &'a str,
    /// Byte offset of each line.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let ends = text.match_indices('\n').map(|(end, _)| end + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(ends).collect(),
        }
    }

    /// The line of a byte offset, counted from 1.
    fn number(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset)
    }

    /// Line and column of a byte offset, both counted from 1.
    fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.number(offset);
        let before = self.text.get(self.starts[line - 1]..offset).unwrap_or_default();
        (line, before.chars().count() + 1)
    }
}
