//! Two tables: columns, statistics, rows.

use anyhow::Result;
use serde::Serialize;

use super::rows::{self, RowChanges};
use super::statistics::{self, Statistic};
use crate::report::frame::Frame;

/// Tables with different content.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableDifference {
    /// The node and its output.
    pub output: String,
    /// Rows of the one.
    pub rows_a: usize,
    /// Rows of the other.
    pub rows_b: usize,
    /// Columns that only one has or that have different types.
    pub columns: Vec<ColumnChange>,
    /// The statistics that matter in such a table.
    pub statistics: Vec<Statistic>,
    /// The rows.
    #[serde(flatten)]
    pub rows: RowChanges,
}

/// A column that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnChange {
    /// Its name.
    pub name: String,
    /// Its type in the one table.
    pub a: Option<String>,
    /// Its type in the other.
    pub b: Option<String>,
}

/// Compares two tables of the output of this name; at most `examples` rows are shown.
pub(super) fn compare(
    output: String,
    [a, b]: [&Frame; 2],
    ignored: &[&str],
    examples: usize,
) -> Result<TableDifference> {
    Ok(TableDifference {
        output,
        rows_a: a.height(),
        rows_b: b.height(),
        columns: columns(a, b),
        statistics: statistics::compare(a, b)?,
        rows: rows::compare(a, b, ignored, examples)?,
    })
}

fn columns(a: &Frame, b: &Frame) -> Vec<ColumnChange> {
    let (a, b) = (a.columns(), b.columns());
    let kind = |columns: &[(String, String)], name: &str| {
        let found = columns.iter().find(|(known, _)| known == name);
        found.map(|(_, kind)| kind.clone())
    };
    let new = b.iter().filter(|(name, _)| kind(&a, name).is_none());
    a.iter()
        .chain(new)
        .map(|(name, _)| ColumnChange {
            name: name.clone(),
            a: kind(&a, name),
            b: kind(&b, name),
        })
        .filter(|column| column.a != column.b)
        .collect()
}
