//! What could not be read: answers and responses as the policy wrote them.

use serde::{Deserialize, Serialize};

use super::ParseStatus;
use crate::table::Table;

/// One text that could not be read, however often it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unparsed {
    /// The beginning of an answer that is over budget, or the end of a response without an answer.
    pub text: String,
    /// Why it could not be read.
    pub status: ParseStatus,
    /// Responses with this text.
    pub count: u32,
    /// Instruction or problem of the first of them.
    pub example_id: String,
}

impl Table for Unparsed {
    const NAME: &'static str = "unparsed";
    const SCHEMA_VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["text", "status"];
}
