//! Input rows: JSON texts or batches of Parquet, from a file or standard input.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::Result;
use serl_artifacts::dataset::{self, Batches, RowBatch, Texts, Wanted};
use serl_artifacts::{ArtifactError, Place};

use super::pair::{self, COLUMNS};
use crate::failure::Mistake;
use crate::terminal::Terminal;

/// Name of standard input in messages.
const STDIN: &str = "standard input";

/// Most rows graded together.
const CHUNK: usize = 4096;

/// Most bytes graded together, unless a single row has more.
const CHUNK_BYTES: usize = 64 << 20;

/// The rows of a file, read from start to end.
pub(super) struct Source {
    rows: Rows,
    /// Name of the input, for error messages.
    origin: PathBuf,
    /// Size of the file in bytes; 0 if unknown.
    size: u64,
}

enum Rows {
    Texts(Box<Texts>),
    Batches { batches: Batches, done: u64 },
}

/// Consecutive rows.
pub(super) struct Chunk {
    /// The place of each row, and the row as JSON.
    pub(super) rows: Vec<(Place, String)>,
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
            return Self::of(dataset::Source::of(io::stdin(), Path::new(STDIN), &wanted())?, STDIN, 0);
        }
        if Path::new(name).is_dir() {
            let text = format!("cannot read {name}: it is a folder");
            return Err(Mistake::new(text, "give a JSONL, Parquet or CSV file").into());
        }
        let size = std::fs::metadata(name).map_or(0, |metadata| metadata.len());
        Self::of(dataset::Source::open(Path::new(name), &wanted())?, name, size)
    }

    fn of(source: dataset::Source, origin: &str, size: u64) -> Result<Self> {
        let origin = PathBuf::from(origin);
        let batches = match source {
            dataset::Source::Texts(texts) => {
                let rows = Rows::Texts(texts);
                return Ok(Self { rows, origin, size });
            }
            dataset::Source::ParquetFile(file) => Batches::open(file),
            dataset::Source::ParquetBytes(bytes) => Batches::of(bytes),
        };
        let batches = batches.map_err(|e| unreadable(&origin, e))?;
        // All rows have the same columns, so a missing one is an error of the file, not of a row.
        let empty = batches.empty();
        let has = empty.columns();
        if let Some(key) = ["gold", "pred"].into_iter().find(|key| !has.contains(key)) {
            return Err(ArtifactError::dataset(&origin, None, pair::missing(key, has.into_iter())).into());
        }
        let rows = Rows::Batches { batches, done: 0 };
        Ok(Self { rows, origin, size })
    }

    /// The next rows; `None` at the end. From Parquet, only the graded columns become JSON, unless all are wanted.
    pub(super) fn next(&mut self, all_columns: bool) -> Result<Option<Chunk>> {
        match &mut self.rows {
            Rows::Texts(texts) => {
                let (mut rows, mut bytes) = (Vec::new(), 0);
                while rows.len() < CHUNK && bytes < CHUNK_BYTES {
                    let Some(row) = texts.next().transpose()? else {
                        break;
                    };
                    bytes += row.1.len();
                    rows.push(row);
                }
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
                    rows.push((Place::Row(number), serde_json::to_string(object)?));
                }
                let batch = Some(batch);
                Ok(Some(Chunk { rows, batch }))
            }
        }
    }

    /// An empty batch with the columns of a Parquet file.
    pub(super) fn empty(&self) -> Option<RowBatch> {
        match &self.rows {
            Rows::Texts(_) => None,
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
            Rows::Texts(texts) => (texts.bytes() / 1_000_000, self.size / 1_000_000, "MB"),
            Rows::Batches { batches, done } => (*done, batches.rows(), "rows"),
        }
    }

    /// The error for a faulty row.
    pub(super) fn fault(&self, place: Place, reason: String) -> ArtifactError {
        ArtifactError::dataset(&self.origin, Some(place), reason)
    }
}

fn wanted() -> Wanted {
    Wanted::new(COLUMNS, "grade it in parts")
}

fn unreadable(origin: &Path, reason: String) -> ArtifactError {
    ArtifactError::dataset(origin, None, format!("not readable as Parquet: {reason}"))
}
