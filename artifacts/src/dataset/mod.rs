//! Reads the rows of a user's data files, whatever their columns: JSON Lines, Parquet, CSV or one JSON array, each also
//! compressed by gzip or zstd, in one file or several.
//!
//! A file is recognised by its first bytes. Every row keeps its place, so that messages can name it. Only wanted
//! columns are kept, within the bounds of [`limits`]. Does not know what columns mean.

mod array;
mod batch;
mod caught;
mod columns;
mod files;
pub mod limits;
mod lines;
mod numbers;
mod pages;
mod room;
mod row;
mod separated;
mod sniff;
mod source;
mod surrogates;
mod unreadable;
mod value;
mod views;
mod wanted;

pub use batch::{BatchWriter, Batches, RowBatch};
pub use files::name;
pub use row::Content;
pub use source::{Source, Texts};
pub use wanted::Wanted;

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use self::limits::{Budget, ROW_COST};
use self::row::Fault;
use crate::ArtifactError;
use crate::place::Place;

/// One row of a data file.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The file.
    pub file: Arc<Path>,
    /// Where in the file.
    pub place: Place,
    /// Its wanted columns.
    pub fields: Map<String, Value>,
}

/// The rows of a data set.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// The rows, in the order of the files and in them.
    pub records: Vec<Record>,
    /// All columns of the first row, in order, also those that were not wanted.
    pub columns: Vec<(String, Content)>,
}

/// Reads the wanted columns and rows of a file, of all data files of a folder, or of the files that match a pattern.
///
/// # Errors
/// A file that cannot be read, or is none that rows can be read from; a bad row; rows beyond the [`limits`]. The error
/// names the file and the place.
pub fn read(path: &Path, wanted: &Wanted) -> Result<Rows, ArtifactError> {
    let mut rows = Rows::default();
    let mut budget = Budget::default();
    for file in files::of(path)? {
        let missing = wanted.limit().saturating_sub(rows.records.len());
        if missing > 0 {
            read_file(&file, &wanted.clone().first(missing), &mut budget, &mut rows)?;
        }
    }
    Ok(rows)
}

fn read_file(path: &Path, wanted: &Wanted, budget: &mut Budget, rows: &mut Rows) -> Result<(), ArtifactError> {
    let fault = |place, reason| ArtifactError::dataset(path, place, reason);
    if files::is_named_pipe(path) {
        let reason = "is a named pipe, which may never end; give a file, or `<(command)`".into();
        return Err(fault(None, reason));
    }
    let table = match Source::open(path, wanted)? {
        Source::Texts(texts) => {
            if wanted.limit() == usize::MAX {
                source::measure(path, wanted)?;
            }
            return text_rows(*texts, path, wanted, budget, rows);
        }
        Source::ParquetFile(file) => {
            let again = file.try_clone().map_err(ArtifactError::io("read", path))?;
            columns::read(file, again, wanted)
        }
        Source::ParquetBytes(bytes) => columns::read(bytes.clone(), bytes, wanted),
    };
    let table = table.map_err(|(place, reason)| fault(place, reason))?;
    let file: Arc<Path> = path.into();
    if rows.columns.is_empty() {
        rows.columns = table.columns;
    }
    for (index, fields) in table.rows.into_iter().enumerate() {
        budget
            .spend(row::cost(&fields) + ROW_COST)
            .map_err(|reason| too_much(path, &reason, wanted))?;
        let (file, place) = (Arc::clone(&file), Place::Row(index + 1));
        rows.records.push(Record { file, place, fields });
    }
    Ok(())
}

fn text_rows(
    texts: Texts,
    path: &Path,
    wanted: &Wanted,
    budget: &mut Budget,
    rows: &mut Rows,
) -> Result<(), ArtifactError> {
    let file: Arc<Path> = path.into();
    let are_lines = texts.are_lines();
    for text in texts.take(wanted.limit()) {
        let (place, json) = text?;
        let fault = |reason| ArtifactError::dataset(path, Some(place), reason);
        let first = rows.columns.is_empty();
        let row = match row::parse(&numbers::replace_long(&json), wanted, first) {
            Ok(row) => row,
            Err(Fault::NoObject) => return Err(fault("not a JSON object such as {\"problem\": \"…\"}".into())),
            Err(Fault::Large) => return Err(fault(limits::large_row())),
            // A pretty-printed file: its first line is the beginning of an object.
            Err(Fault::Json(e)) if are_lines && e.is_eof() && place == Place::Line(1) => {
                let reason = "the JSON object goes on after its first line; write each row as one line (`jq -c .`), \
                              or all rows as one array";
                return Err(fault(reason.into()));
            }
            Err(Fault::Json(e)) => return Err(fault(no_json(&e))),
        };
        if first {
            rows.columns = row.columns;
        }
        budget
            .spend(row::cost(&row.fields) + ROW_COST)
            .map_err(|reason| too_much(path, &reason, wanted))?;
        let (file, fields) = (Arc::clone(&file), row.fields);
        rows.records.push(Record { file, place, fields });
    }
    Ok(())
}

fn too_much(path: &Path, reason: &str, wanted: &Wanted) -> ArtifactError {
    ArtifactError::dataset(path, None, format!("{reason}; {}", wanted.advice()))
}

/// Why, and at which column, a line is not valid JSON. Omits the parser's line number, which is always 1 here.
pub fn no_json(error: &serde_json::Error) -> String {
    let reason = error.to_string();
    let reason = reason.split(" at line ").next().unwrap_or_default();
    format!("not valid JSON (column {}): {reason}", error.column())
}

#[cfg(test)]
mod tests;
