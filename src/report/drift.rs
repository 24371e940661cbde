//! How far the kept instructions are from the seeds, in words and in meaning, one row per iteration.

use anyhow::Result;
use serde::Serialize;
use serde_json::{Map, Value};

use super::frame::Frame;
use super::show::{Form, align_in, number};
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

/// `rows` as JSON (an array of objects) or as a table with a column per iteration: there are many statistics.
///
/// # Errors
/// A row that is not JSON.
pub fn shown(rows: &[DriftRow], form: Form) -> Result<String> {
    let Form::Table(room) = form else {
        return Ok(serde_json::to_string_pretty(rows)?);
    };
    let names = names(rows);
    let header: Vec<String> = std::iter::once("iteration".to_owned())
        .chain(rows.iter().map(|row| row.iteration.to_string()))
        .collect();
    let cells = names.into_iter().map(|name| {
        let values = rows.iter().map(|row| cell(row.statistics.get(name)));
        std::iter::once(name.clone()).chain(values).collect()
    });
    // The first and the last iterations say most.
    let middle = header.get(2..header.len().saturating_sub(1)).unwrap_or_default();
    Ok(align_in(room, middle, &header, cells))
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
