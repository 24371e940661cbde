//! Drift: how far the instructions of an iteration have moved from the seeds.

use documented::{Documented, DocumentedFields};
use serde::{Deserialize, Serialize};

use crate::table::Table;

/// One statistic of one iteration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct Drift {
    /// The iteration.
    pub iteration: u32,
    /// Name of the statistic.
    pub statistic: String,
    /// Its value.
    pub value: f64,
}

impl Table for Drift {
    const NAME: &'static str = "drift";
    const SCHEMA_VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["statistic"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}
