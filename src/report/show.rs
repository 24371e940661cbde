//! Rows as an aligned table or as JSON.

use anyhow::Result;
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

/// A row for humans and programs.
pub trait ReportRow: Serialize {
    /// Names of the columns.
    fn header(rows: &[Self]) -> Vec<String>
    where
        Self: Sized;
    /// One text per column.
    fn cells(&self) -> Vec<String>;
}

/// `rows` as JSON (an array of objects) or as a table.
///
/// # Errors
/// A row that is not JSON.
pub fn shown<R: ReportRow>(rows: &[R], json: bool) -> Result<String> {
    if json {
        return Ok(serde_json::to_string_pretty(rows)?);
    }
    Ok(align(&R::header(rows), rows.iter().map(ReportRow::cells)))
}

/// Columns without borders, which line up and which `awk` can split. Numbers are right-aligned.
pub(crate) fn align(header: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    let rows: Vec<Vec<String>> = rows.collect();
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_header(header)
        .add_rows(rows.iter().cloned());
    for (index, column) in table.column_iter_mut().enumerate() {
        let numbers = rows.iter().filter_map(|row| row.get(index)).any(|cell| is_number(cell));
        if numbers {
            column.set_cell_alignment(CellAlignment::Right);
        }
        column.set_padding((0, 2));
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

fn is_number(cell: &str) -> bool {
    cell.trim_end_matches('%').parse::<f64>().is_ok()
}

/// A share as a percentage with one decimal.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}

/// A number of bytes, as in `3.1 MiB`.
pub fn bytes(count: u64) -> String {
    let mut rest = count as f64;
    let units = ["B", "KiB", "MiB", "GiB"];
    let mut unit = 0;
    while rest >= 1024.0 && unit + 1 < units.len() {
        rest /= 1024.0;
        unit += 1;
    }
    format!("{rest:.*} {}", usize::from(unit > 0), units[unit])
}

/// A number with this many decimals.
pub(crate) fn number(value: f64, decimals: usize) -> String {
    format!("{value:.decimals$}")
}

/// A dash for a missing value.
pub(crate) fn or_dash<T>(value: Option<T>, text: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "-".to_owned(), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_grow_with_their_units() {
        let all = [0, 1023, 1024, 3_250_000, 5 << 40].map(bytes);
        assert_eq!(all, ["0 B", "1023 B", "1.0 KiB", "3.1 MiB", "5120.0 GiB"]);
    }

    #[test]
    fn columns_line_up_without_borders() {
        let rows = [["1", "0.25", "a"], ["10", "-", "bc"]].map(|row| row.map(String::from).to_vec());
        let header = ["n", "share", "name"].map(String::from);
        assert_eq!(
            align(&header, rows.into_iter()),
            " n  share  name\n 1   0.25  a\n10      -  bc"
        );
    }
}
