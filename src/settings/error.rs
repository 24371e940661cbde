//! Faults of a configuration, and how they are reported.

use std::fmt;
use std::path::PathBuf;

use super::quote::quoted;

/// Faults that are told, at most; the others are counted.
const MOST: usize = 20;

/// Where a value of a configuration was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In a file.
    File {
        /// Its path, or the name of a built-in configuration.
        name: String,
        /// Line, counted from 1.
        line: usize,
    },
    /// As an argument, verbatim.
    Argument(String),
    /// In this variable of the environment.
    Environment(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, line } => write!(f, "{name}, line {line}"),
            Self::Argument(text) => write!(f, "argument `{}`", quoted(text)),
            Self::Environment(variable) => write!(f, "environment variable {variable}"),
        }
    }
}

/// A single fault of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where the value was set; `None` for a default that must be replaced.
    pub origin: Option<Origin>,
    /// What is wrong.
    pub text: String,
    /// How to fix it.
    pub hint: Option<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Some(origin) => write!(f, "{origin}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// Why a configuration could not be loaded. All of these are the user's to fix.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is no built-in configuration of that name.
    #[error("no configuration `builtin:{name}` is built in")]
    UnknownBuiltin {
        /// The name asked for.
        name: String,
        /// The names that exist.
        known: Vec<&'static str>,
    },
    /// The file is not TOML.
    #[error("{name}, line {line}, column {column}: {reason}")]
    Syntax {
        /// The file.
        name: String,
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in characters.
        column: usize,
        /// The parser's message.
        reason: String,
    },
    /// An argument that is not of the form `key=value`.
    #[error("`{}` is not of the form `key=value`", quoted(argument))]
    NotAnOverride {
        /// The argument.
        argument: String,
        /// What the user may have meant.
        hint: String,
    },
    /// Unknown keys or invalid values.
    #[error("{}", listed(told, *more))]
    Faults {
        /// The first of them.
        told: Vec<Fault>,
        /// How many more there are.
        more: usize,
    },
}

impl SettingsError {
    /// An error if there are `faulty` values; `fault` says what is wrong with one.
    pub(super) fn unless_empty<T>(faulty: &[T], fault: impl Fn(&T) -> Fault) -> Result<(), Self> {
        if faulty.is_empty() {
            return Ok(());
        }
        Err(Self::Faults {
            told: faulty.iter().take(MOST).map(fault).collect(),
            more: faulty.len().saturating_sub(MOST),
        })
    }

    /// A configuration that does not survive a round trip through JSON.
    pub(super) fn unwritable(error: serde_json::Error) -> Self {
        let fault = Fault {
            origin: None,
            text: error.to_string(),
            hint: None,
        };
        Self::Faults {
            told: vec![fault],
            more: 0,
        }
    }

    /// A hint, if there is one that the message does not already contain.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } => Some(
                "paths are relative to the current folder; without `-c` the built-in quickstart is used".to_owned(),
            ),
            Self::UnknownBuiltin { known, .. } => {
                let known: Vec<String> = known.iter().map(|k| format!("`builtin:{k}`")).collect();
                Some(format!("built in: {}", known.join(", ")))
            }
            Self::Syntax { .. } => None,
            Self::NotAnOverride { hint, .. } => Some(hint.clone()),
            Self::Faults { told, .. } => match told.as_slice() {
                [one] => one.hint.clone(),
                _ => None,
            },
        }
    }
}

/// One fault stands alone, its hint following the message; several become a list, each with its hint.
fn listed(faults: &[Fault], more: usize) -> String {
    if let [one] = faults {
        return one.to_string();
    }
    let line = |fault: &Fault| match &fault.hint {
        Some(hint) => format!("  - {fault}; {hint}"),
        None => format!("  - {fault}"),
    };
    let mut lines: Vec<String> = faults.iter().map(line).collect();
    if more > 0 {
        lines.push(format!("  - and {more} more"));
    }
    format!(
        "{} values of the configuration cannot be used:\n{}",
        faults.len() + more,
        lines.join("\n")
    )
}
