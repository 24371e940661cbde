//! What can be wrong with a configuration, and how it is told.

use std::fmt;
use std::path::PathBuf;

/// Where a value of a configuration was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In a file.
    File {
        /// Its path, or the name of a built-in configuration.
        name: String,
        /// Line, counted from 1.
        line: usize,
    },
    /// As an argument, as it was typed.
    Argument(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, line } => write!(f, "{name}, line {line}"),
            Self::Argument(text) => write!(f, "argument `{text}`"),
        }
    }
}

/// One thing that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it was given; none for a value that was left at a default that cannot be.
    pub origin: Option<Origin>,
    /// What is wrong.
    pub text: String,
    /// What to do.
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

/// Why there is no configuration. All of it is the user's to mend.
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
    /// No configuration of that name is built in.
    #[error("no configuration `builtin:{name}` is built in")]
    UnknownBuiltin {
        /// What was asked for.
        name: String,
        /// What there is.
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
        /// What the parser says.
        reason: String,
    },
    /// An argument that is no `key=value`.
    #[error("`{argument}` is not of the form `key=value`")]
    NotAnOverride {
        /// The argument.
        argument: String,
        /// What may have been meant.
        hint: String,
    },
    /// Keys or values that cannot be.
    #[error("{}", listed(.0))]
    Faults(Vec<Fault>),
}

impl SettingsError {
    /// `faults` as an error if there are any.
    pub(super) fn unless_empty(faults: Vec<Fault>) -> Result<(), Self> {
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Self::Faults(faults))
        }
    }

    /// A configuration that does not survive being written and read.
    pub(super) fn unwritable(error: serde_json::Error) -> Self {
        Self::Faults(vec![Fault {
            origin: None,
            text: error.to_string(),
            hint: None,
        }])
    }

    /// What to do about it, if there is more to say than the error does.
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
            Self::Faults(faults) => match faults.as_slice() {
                [one] => one.hint.clone(),
                _ => None,
            },
        }
    }
}

/// One fault by itself, whose hint comes after it; several as a list, each with its hint.
fn listed(faults: &[Fault]) -> String {
    if let [one] = faults {
        return one.to_string();
    }
    let line = |fault: &Fault| match &fault.hint {
        Some(hint) => format!("  - {fault}; {hint}"),
        None => format!("  - {fault}"),
    };
    let lines: Vec<String> = faults.iter().map(line).collect();
    format!(
        "{} values of the configuration cannot be used:\n{}",
        faults.len(),
        lines.join("\n")
    )
}
