//! Why a template cannot be used.

/// A fault of a template, or what the template itself raised.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", line.map_or_else(String::new, |line| format!("line {line}: ")))]
pub struct Error {
    /// The line of the template, counted from 1, if the fault has one.
    pub line: Option<u32>,
    /// What is wrong.
    pub message: String,
}

impl Error {
    /// An error whose line is not known yet.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            line: None,
            message: message.into(),
        }
    }

    /// The error, on `line` unless it already has one.
    pub(crate) fn at(mut self, line: u32) -> Self {
        self.line.get_or_insert(line);
        self
    }
}

/// The result of everything that a template can get wrong.
pub(crate) type Result<T> = std::result::Result<T, Error>;
