//! Rows as an aligned table or as JSON.

use anyhow::Result;
use serde::Serialize;

use super::csv::csv;
use super::flat::cells;
use super::sheet::Sheet;

/// A row for humans and programs, which is a line of a table.
pub trait ReportRow: Serialize {
    /// Names of the columns.
    fn header(rows: &[Self]) -> Vec<String>
    where
        Self: Sized;
    /// One text per column.
    fn cells(&self) -> Vec<String>;
    /// The cells of all rows, for rows whose columns depend on the others.
    fn all_cells(rows: &[Self]) -> Vec<Vec<String>>
    where
        Self: Sized,
    {
        rows.iter().map(Self::cells).collect()
    }
    /// Columns that a narrow terminal does without, the first ones first; a name of several columns stands for the last
    /// of them.
    fn dispensable() -> &'static [&'static str] {
        &[]
    }
}

/// Rows that make a table.
pub trait Tabulated: Serialize {
    /// The rows as a table of at most `room` columns of characters. `runs` has the run of each row, or nothing where
    /// all are of one.
    fn table(rows: &[Self], runs: &[String], room: Option<usize>) -> String
    where
        Self: Sized;
}

/// A line for each row.
impl<R: ReportRow> Tabulated for R {
    fn table(rows: &[Self], runs: &[String], room: Option<usize>) -> String {
        let mut header = Self::header(rows);
        let mut cells = Self::all_cells(rows);
        if !runs.is_empty() {
            header.insert(0, "run".to_owned());
            cells
                .iter_mut()
                .zip(runs)
                .for_each(|(row, run)| row.insert(0, run.clone()));
        }
        align_in(room, Self::dispensable(), &header, cells.into_iter())
    }
}

/// How rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// An array of objects.
    Json,
    /// Lines of values with commas, below a line of names.
    Csv,
    /// A table of at most this many columns of characters; of any width where no terminal shows it.
    Table(Option<usize>),
}

impl Form {
    /// JSON, or a table for a terminal with `columns`.
    pub fn new(json: bool, columns: Option<usize>) -> Self {
        if json { Self::Json } else { Self::Table(columns) }
    }
}

/// `rows` in the form that is asked for.
///
/// # Errors
/// A row that is not JSON.
pub fn shown<R: Tabulated>(rows: &[R], form: Form) -> Result<String> {
    match form {
        Form::Json => Ok(serde_json::to_string_pretty(rows)?),
        Form::Csv => {
            let values = rows.iter().map(|row| Ok(cells(&serde_json::to_value(row)?)));
            Ok(csv(&[], &values.collect::<Result<Vec<_>>>()?))
        }
        Form::Table(room) => Ok(R::table(rows, &[], room)),
    }
}

/// Columns without borders, which line up and which `awk` can split. Numbers are right-aligned.
pub(crate) fn align(header: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    align_in(None, &[""; 0], header, rows)
}

/// Rows below the names of their columns.
pub fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
    align(&header, rows.into_iter())
}

/// As [`align`]. Where `room` is too narrow, `dispensable` columns go first, then those of text are wrapped, then
/// others go from the right.
pub(crate) fn align_in<S: AsRef<str>>(
    room: Option<usize>,
    dispensable: &[S],
    header: &[String],
    rows: impl Iterator<Item = Vec<String>>,
) -> String {
    let mut sheet = Sheet::new(header, rows);
    let mut dropped = room.map_or_else(Vec::new, |room| sheet.fit(room, dispensable));
    // Several columns may have one name.
    let mut known = std::collections::HashSet::new();
    dropped.retain(|name| known.insert(name.clone()));
    let mut text = sheet.text();
    if let (Some(room), false) = (room, dropped.is_empty()) {
        let note = format!(
            "(no room for {}; a wider terminal or --json shows all)",
            dropped.join(", ")
        );
        text += &format!("\n{}", textwrap::fill(&note, room));
    }
    text
}

/// `text` to the right of `name`, wrapped so that no line is wider than `room`.
pub(crate) fn beside(name: &str, text: &str, room: Option<usize>) -> String {
    let Some(room) = room else {
        return format!("{name}{text}").trim_end().to_owned();
    };
    let indent = " ".repeat(name.chars().count());
    let options = textwrap::Options::new(room)
        .initial_indent(name)
        .subsequent_indent(&indent);
    textwrap::fill(text, options)
}

/// The first `most` characters of a text.
pub(crate) fn beginning(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A share as a percentage with one decimal.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}

/// A number of bytes, as in `3.1 MiB`.
pub fn bytes(count: u64) -> String {
    let mut rest = count as f64;
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
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
        let all = [0, 1023, 1024, 3_250_000, 5 << 40, 5 << 50].map(bytes);
        assert_eq!(all, ["0 B", "1023 B", "1.0 KiB", "3.1 MiB", "5.0 TiB", "5120.0 TiB"]);
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!([beginning("äöü", 2), beginning("äöü", 3)], ["äö…", "äöü"]);
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
