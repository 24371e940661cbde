//! Texts from which no answer could be read, as the policy wrote them.

use documented::{Documented, DocumentedFields};
use serde::{Deserialize, Serialize};

use super::ParseStatus;
use crate::table::Table;

/// A text from which no answer could be read, with the number of its occurrences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct Unparsed {
    /// The beginning of an answer that is over budget, or the end of a response without an answer.
    pub text: String,
    /// Why it could not be read.
    pub status: ParseStatus,
    /// Number of responses with this text.
    pub count: u32,
    /// Instruction or problem of the first such response.
    pub example_id: String,
}

impl Table for Unparsed {
    const NAME: &'static str = "unparsed";
    const SCHEMA_VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["text", "status"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}
