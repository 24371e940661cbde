//! What the gold answers of multiple-choice problems are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the gold answers of multiple-choice problems are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    /// What fits all rows; it is an error if that leaves open which option is right.
    Auto,
    /// The letter or label of the option.
    Letter,
    /// The text of the option.
    Text,
    /// The number of the option, counted from 0.
    Index0,
    /// The number of the option, counted from 1.
    Index1,
}

impl AnswerKind {
    /// Its name in a configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Letter => "letter",
            Self::Text => "text",
            Self::Index0 => "index0",
            Self::Index1 => "index1",
        }
    }
}
