//! Input rows: lines of JSON or batches of Parquet, from a file or standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::{Path, PathBuf};

use anyhow::Result;
use serl_artifacts::ArtifactError;
use serl_artifacts::dataset::{Batches, Lines, PARQUET_MAGIC, RowBatch};

use super::pair::{self, COLUMNS};
use crate::failure::Mistake;
use crate::terminal::Terminal;

/// Number of lines graded together.
const CHUNK: usize = 4096;

type Reader = Box<dyn BufRead>;

/// The rows of a file, read from start to end.
pub(super) struct Source {
    rows: Rows,
    /// Name of the input, for error messages.
    origin: PathBuf,
    /// Size of the file in bytes; 0 if unknown.
    size: u64,
}

enum Rows {
    Lines(Lines<Reader>),
    Batches { batches: Batches, done: u64 },
}

/// Consecutive rows.
pub(super) struct Chunk {
    /// Number of the line or row, and the row as JSON.
    pub(super) rows: Vec<(usize, String)>,
    /// The same rows as a Parquet batch, if that is where they come from.
    pub(super) batch: Option<RowBatch>,
}

impl Source {
    /// Opens the file `name`, or standard input for `-`.
    pub(super) fn open(name: &str, terminal: &Terminal) -> Result<Self> {
        if name == "-" {
            if io::stdin().is_terminal() {
                terminal.note("reading pairs from the terminal; end with Ctrl-D");
            }
            return Self::of(Box::new(BufReader::new(io::stdin())), "standard input", None);
        }
        if Path::new(name).is_dir() {
            let text = format!("cannot read {name}: it is a folder");
            return Err(Mistake::new(text, "give a JSONL or Parquet file").into());
        }
        let unreadable = |e: io::Error| {
            let reason = format!("cannot be read: {e}; give a JSONL or Parquet file");
            fault(Path::new(name), None, reason)
        };
        let file = File::open(name).map_err(unreadable)?;
        let reader = BufReader::new(file.try_clone().map_err(unreadable)?);
        Self::of(Box::new(reader), name, Some(file))
    }

    fn of(mut reader: Reader, origin: &str, file: Option<File>) -> Result<Self> {
        let origin = PathBuf::from(origin);
        let head = reader.fill_buf().map_err(ArtifactError::io("read", &origin))?;
        let is_parquet = head.starts_with(PARQUET_MAGIC);
        let size = file.as_ref().and_then(|file| file.metadata().ok());
        let size = size.map_or(0, |metadata| metadata.len());
        let rows = if is_parquet {
            Rows::Batches {
                batches: batches(reader, file, &origin)?,
                done: 0,
            }
        } else {
            Rows::Lines(Lines::new(reader, &origin))
        };
        Ok(Self { rows, origin, size })
    }

    /// The next rows; `None` at the end. From Parquet, only the graded columns become JSON, unless all are wanted.
    pub(super) fn next(&mut self, all_columns: bool) -> Result<Option<Chunk>> {
        match &mut self.rows {
            Rows::Lines(lines) => {
                let rows = lines.take(CHUNK).collect::<Result<Vec<_>, _>>()?;
                let batch = None;
                Ok((!rows.is_empty()).then_some(Chunk { rows, batch }))
            }
            Rows::Batches { batches, done } => {
                let Some(batch) = batches.next() else {
                    return Ok(None);
                };
                let broken = |e| unreadable(&self.origin, e);
                let batch = batch.map_err(broken)?;
                let columns = (!all_columns).then_some(COLUMNS.as_slice());
                let objects = batch.rows(columns).map_err(broken)?;
                let first = *done as usize + 1;
                *done += objects.len() as u64;
                let mut rows = Vec::with_capacity(objects.len());
                for (number, object) in (first..).zip(&objects) {
                    rows.push((number, serde_json::to_string(object)?));
                }
                let batch = Some(batch);
                Ok(Some(Chunk { rows, batch }))
            }
        }
    }

    /// An empty batch with the columns of a Parquet file.
    pub(super) fn empty(&self) -> Option<RowBatch> {
        match &self.rows {
            Rows::Lines(_) => None,
            Rows::Batches { batches, .. } => Some(batches.empty()),
        }
    }

    /// Size of the file in bytes; 0 if unknown.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Progress: how much was read, the total, and the unit.
    pub(super) fn progress(&self) -> (u64, u64, &'static str) {
        match &self.rows {
            Rows::Lines(lines) => (lines.bytes() / 1_000_000, self.size / 1_000_000, "MB"),
            Rows::Batches { batches, done } => (*done, batches.rows(), "rows"),
        }
    }

    /// The error for a faulty line.
    pub(super) fn fault(&self, line: Option<usize>, reason: String) -> ArtifactError {
        fault(&self.origin, line, reason)
    }
}

/// The batches of a file, or of everything that `reader` yields.
fn batches(mut reader: Reader, file: Option<File>, origin: &Path) -> Result<Batches> {
    let batches = match file {
        Some(file) => Batches::open(file),
        None => {
            let mut all = Vec::new();
            let read = reader.read_to_end(&mut all);
            read.map_err(ArtifactError::io("read", origin))?;
            Batches::of(all)
        }
    };
    let batches = batches.map_err(|e| unreadable(origin, e))?;
    // All rows have the same columns, so a missing one is an error of the file, not of a row.
    let empty = batches.empty();
    let has = empty.columns();
    match ["gold", "pred"].into_iter().find(|key| !has.contains(key)) {
        Some(key) => Err(fault(origin, None, pair::missing(key, has.into_iter())).into()),
        None => Ok(batches),
    }
}

fn unreadable(origin: &Path, reason: String) -> ArtifactError {
    fault(origin, None, format!("not readable as Parquet: {reason}"))
}

fn fault(origin: &Path, line: Option<usize>, reason: String) -> ArtifactError {
    ArtifactError::Dataset {
        path: origin.to_owned(),
        line,
        reason,
    }
}
