//! How far the kept instructions are from the seeds, one row per iteration.

use anyhow::Result;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Run, align, number};

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
pub fn rows(run: &Run) -> Result<Vec<DriftRow>> {
    let mut rows = Vec::new();
    for node in run.nodes().iter().filter(|node| node.stage == "filter") {
        let columns = ["statistic", "value"];
        let Some(table) = run.table(node.iteration, "filter", None, "drift.parquet", &columns)? else {
            continue;
        };
        let values = table.numbers("value")?.into_iter().map(Value::from);
        let statistics = table.texts("statistic")?.into_iter().zip(values).collect();
        rows.push(DriftRow {
            iteration: node.iteration,
            statistics,
        });
    }
    Ok(rows)
}

/// `rows` as JSON (an array of objects) or as a table with a column per iteration: there are many statistics.
///
/// # Errors
/// A row that is no JSON.
pub fn shown(rows: &[DriftRow], json: bool) -> Result<String> {
    if json {
        return Ok(serde_json::to_string_pretty(rows)?);
    }
    let mut names: Vec<&String> = Vec::new();
    for name in rows.iter().flat_map(|row| row.statistics.keys()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let header: Vec<String> = std::iter::once("iteration".to_owned())
        .chain(names.iter().map(ToString::to_string))
        .collect();
    let cells = rows.iter().map(|row| {
        let values = names.iter().map(|name| cell(row.statistics.get(*name)));
        std::iter::once(row.iteration.to_string()).chain(values).collect()
    });
    Ok(align(&header, cells))
}

fn cell(value: Option<&Value>) -> String {
    match value.and_then(Value::as_f64) {
        None => "-".to_owned(),
        Some(value) if value.fract() == 0.0 && value.abs() > 1.0 => number(value, 0),
        Some(value) => number(value, 3),
    }
}
