//! Reads the rows of a user's data file, JSON Lines or Parquet, whatever its columns.
//!
//! Every row keeps its line number (row number in Parquet), so that messages can name the place of a fault. Does not
//! know which columns matter.

mod batch;
mod lines;
mod surrogates;

pub use batch::{BatchWriter, Batches, RowBatch};
pub use lines::Lines;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde_json::{Map, Value};

use crate::ArtifactError;

/// One row of a data file.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Line of the row in its file (JSON Lines), or its number (Parquet), counted from 1.
    pub line: usize,
    /// Its columns.
    pub fields: Map<String, Value>,
}

/// The first bytes of a Parquet file.
pub const PARQUET_MAGIC: &[u8] = b"PAR1";

/// Reads all rows of the file at `path`: Parquet if its first bytes say so, otherwise JSON Lines. Skips blank lines.
///
/// # Errors
/// The file cannot be read, or a line is not a JSON object; the error names both.
pub fn read(path: &Path) -> Result<Vec<Record>, ArtifactError> {
    let unreadable = |e: std::io::Error| {
        let reason = format!("cannot be read: {e}; give a JSONL or Parquet file");
        ArtifactError::dataset(path, None, reason)
    };
    let mut reader = BufReader::new(File::open(path).map_err(unreadable)?);
    if reader.fill_buf().map_err(unreadable)?.starts_with(PARQUET_MAGIC) {
        return parquet(path);
    }
    Lines::new(reader, path)
        .map(|line| line.and_then(|(line, text)| json_line(path, line, &text)))
        .collect()
}

/// Why, and at which column, a line is not valid JSON. Omits the parser's line number, which is always 1 here.
pub fn no_json(error: &serde_json::Error) -> String {
    let reason = error.to_string();
    let reason = reason.split(" at line ").next().unwrap_or_default();
    format!("not valid JSON (column {}): {reason}", error.column())
}

fn json_line(path: &Path, line: usize, text: &str) -> Result<Record, ArtifactError> {
    match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => Ok(Record { line, fields }),
        Ok(_) => {
            let reason = "not a JSON object such as {\"problem\": \"…\"}".into();
            Err(ArtifactError::dataset(path, Some(line), reason))
        }
        Err(e) => Err(ArtifactError::dataset(path, Some(line), no_json(&e))),
    }
}

fn parquet(path: &Path) -> Result<Vec<Record>, ArtifactError> {
    let broken = |e: String| ArtifactError::dataset(path, None, format!("not readable as Parquet: {e}"));
    let file = File::open(path).map_err(|e| broken(e.to_string()))?;
    let mut records = Vec::new();
    for batch in Batches::open(file).map_err(broken)? {
        let rows = batch.and_then(|batch| batch.rows(None)).map_err(broken)?;
        for fields in rows {
            let line = records.len() + 1;
            records.push(Record { line, fields });
        }
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table;
    use crate::tables::Problem;
    use std::fs;

    fn file(bytes: &[u8]) -> tempfile::TempPath {
        let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        fs::write(&path, bytes).unwrap();
        path
    }

    #[test]
    fn blank_lines_are_passed_over_and_lines_counted() {
        let path = file("\u{feff}{\"a\": 1}\n\n{\"a\": \"ü\"}\r\n".as_bytes());
        let rows = read(&path).unwrap();
        let lines: Vec<usize> = rows.iter().map(|r| r.line).collect();
        assert_eq!(lines, [1, 3]);
        assert_eq!(rows[1].fields["a"], "ü");
    }

    #[test]
    fn half_a_character_is_replaced() {
        let rows = read(&file(br#"{"a": "x\ud83d"}"#)).unwrap();
        assert_eq!(rows[0].fields["a"], "x\u{fffd}");
    }

    #[test]
    fn a_bad_line_is_named() {
        let cases: [(&[u8], &str); 3] = [
            (b"{\"a\": 1}\n{\"a\": \n", "line 2: not valid JSON"),
            (b"{\"a\": 1}\n[1]\n", "line 2: not a JSON object"),
            (b"{\"a\": 1}\n{\"a\": \"\xff\"}\n", "line 2: not valid UTF-8"),
        ];
        for (bytes, want) in cases {
            let error = read(&file(bytes)).unwrap_err();
            assert!(error.to_string().contains(want), "{error}");
            assert!(error.is_user_error());
        }
    }

    #[test]
    fn parquet_rows_have_their_columns() {
        let problem = Problem {
            benchmark: "b".into(),
            id: "0".into(),
            problem: "1+1?".into(),
            gold_answer: "2".into(),
            subject: None,
            level: Some("1".into()),
            choices: vec!["2".into(), "3".into()],
        };
        let path = file(&table::encode(&[vec![problem]]).unwrap());
        let rows = read(&path).unwrap();
        assert_eq!(rows[0].fields["problem"], "1+1?");
        assert_eq!(rows[0].fields["choices"], serde_json::json!(["2", "3"]));
        assert_eq!(rows[0].fields["subject"], Value::Null);
    }
}
