//! How far the kept instructions are from the seeds, in words and in meaning, one row per iteration.

use anyhow::Result;
use serde::Serialize;
use serde_json::{Map, Value};

use super::across::{Column, across, head};
use super::frame::Frame;
use super::show::{Tabulated, number};
use super::stored::StoredRun;
use super::tables::{DISTANCES, MEANINGS};

/// The statistics of one iteration, in the order of the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DriftRow {
    /// Iteration, counted from 1.
    pub iteration: u32,
    /// Statistic and value.
    #[serde(flatten)]
    pub statistics: Map<String, Value>,
}

/// The rows of a run.
///
/// # Errors
/// A table that cannot be read.
pub fn rows(run: &StoredRun) -> Result<Vec<DriftRow>> {
    let mut rows = Vec::new();
    for node in run.nodes_of(DISTANCES.table.stage) {
        let Some(distances) = run.frame(node, &DISTANCES)? else {
            continue;
        };
        let iteration = node.place.iteration;
        let mut statistics = named(&distances)?;
        if let Some(meanings) = run.frame_at(iteration, None, &MEANINGS)? {
            statistics.extend(named(&meanings)?);
        }
        rows.push(DriftRow { iteration, statistics });
    }
    Ok(rows)
}

/// The statistics of a table, in its order.
fn named(table: &Frame) -> Result<Map<String, Value>> {
    let values = table.numbers("value")?.into_iter().map(Value::from);
    Ok(table.cells("statistic").into_iter().zip(values).collect())
}

/// As a table with a column for each iteration: there are many statistics.
impl Tabulated for DriftRow {
    fn table(rows: &[Self], runs: &[String], room: Option<usize>) -> String {
        let column = |(at, row): (usize, &Self)| Column {
            head: head(runs.get(at), row.iteration),
            figures: row
                .statistics
                .iter()
                .map(|(name, value)| (name.clone(), cell(Some(value))))
                .collect(),
        };
        let columns: Vec<Column> = rows.iter().enumerate().map(column).collect();
        across(&columns, room)
    }
}

/// The statistics that any of `rows` has, in their order.
pub(super) fn names(rows: &[DriftRow]) -> Vec<&String> {
    let mut names: Vec<&String> = Vec::new();
    for name in rows.iter().flat_map(|row| row.statistics.keys()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A statistic as text.
pub(super) fn cell(value: Option<&Value>) -> String {
    match value.and_then(Value::as_f64) {
        None => "-".to_owned(),
        Some(value) if value.fract() == 0.0 && value.abs() > 1.0 => number(value, 0),
        Some(value) => number(value, 3),
    }
}
