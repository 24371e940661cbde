//! A value out of its range.

use std::fmt;

/// An impossible value of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Dotted key, as in `train.clip`.
    pub key: &'static str,
    /// The value given.
    pub value: String,
    /// What it must be.
    pub must: &'static str,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is {}, but must be {}", self.key, self.value, self.must)
    }
}

/// A number in a message: by its exponent where it would have many digits.
pub(super) fn number(value: f64) -> String {
    if value == 0.0 || (1e-6..1e9).contains(&value.abs()) {
        value.to_string()
    } else {
        format!("{value:e}")
    }
}
