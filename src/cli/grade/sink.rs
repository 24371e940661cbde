//! Output of graded rows: lines of JSON or one Parquet file, to a file or standard output.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use clap::ValueEnum;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serl_answers::{Grade, Method};
use serl_artifacts::dataset::{BatchWriter, RowBatch, no_json};
use serl_artifacts::table::Table;
use serl_artifacts::user_file::UserFile;

use super::object::Object;
use super::source::{Chunk, Source};
use crate::failure::Mistake;
use crate::terminal::printable;

/// How graded rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Jsonl,
    Parquet,
}

/// Receives graded rows in order.
pub(super) enum Sink {
    /// Lines, each written as soon as it is graded; made printable where a person reads them.
    Lines { destination: Destination, is_read: bool },
    /// Parquet from Parquet, with the types of its input.
    Batches(Box<BatchWriter<Destination>>),
    /// Parquet from JSON: the types of the columns are known only at the end.
    Rows {
        destination: Destination,
        rows: Vec<Map<String, Value>>,
        grades: Vec<Graded>,
    },
}

/// The columns that grading adds to a Parquet file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Graded {
    gold_answer: Option<String>,
    pred_answer: Option<String>,
    method: Option<String>,
    equal: bool,
    status: String,
}

impl Table for Graded {
    const NAME: &'static str = "graded";
    const SCHEMA_VERSION: u32 = 1;
}

impl From<Grade> for Graded {
    fn from(grade: Grade) -> Self {
        Self {
            gold_answer: grade.gold_answer,
            pred_answer: grade.pred_answer,
            method: grade.method.map(|method: Method| method.to_string()),
            equal: grade.equal,
            status: grade.status.name().to_owned(),
        }
    }
}

impl Sink {
    /// Opens the file `name`, or standard output for `-`, for the rows of `source`.
    pub(super) fn open(name: &str, format: Format, source: &Source) -> Result<Self> {
        if name == "-" && format == Format::Parquet && io::stdout().is_terminal() {
            let text = "cannot write Parquet to a terminal";
            return Err(Mistake::new(text, "give `--output FILE`").into());
        }
        let destination = Destination::open(name)?;
        Ok(match (format, source.empty()) {
            (Format::Jsonl, _) => Self::Lines {
                is_read: name == "-" && io::stdout().is_terminal(),
                destination,
            },
            (Format::Parquet, Some(empty)) => {
                let like = empty.with::<Graded>(&[]).map_err(unwritable)?;
                let writer = BatchWriter::new(destination, &like).map_err(unwritable)?;
                Self::Batches(Box::new(writer))
            }
            (Format::Parquet, None) => Self::Rows {
                destination,
                rows: Vec::new(),
                grades: Vec::new(),
            },
        })
    }

    /// Whether it needs all columns of a row as JSON.
    pub(super) fn needs_all_columns(&self) -> bool {
        matches!(self, Self::Lines { .. })
    }

    /// Writes rows with their grades.
    pub(super) fn write(&mut self, chunk: Chunk, grades: Vec<Grade>) -> Result<()> {
        match self {
            Self::Lines { destination, is_read } => {
                let both = chunk.rows.par_iter().zip(&grades);
                let lines: Vec<String> = both.map(|((_, row), grade)| line(row, grade)).collect::<Result<_>>()?;
                for line in lines {
                    let line = if *is_read { printable(&line) } else { line.into() };
                    destination.write_all(line.as_bytes())?;
                }
            }
            Self::Batches(writer) => {
                let grades: Vec<Graded> = grades.into_iter().map(Graded::from).collect();
                let batch = chunk.batch.context("rows of Parquet come in batches")?;
                let batch = batch.with(&grades).map_err(unwritable)?;
                writer.write(&batch).map_err(unwritable)?;
            }
            Self::Rows {
                rows, grades: known, ..
            } => {
                for (place, row) in &chunk.rows {
                    let row = serde_json::from_str(row);
                    rows.push(row.map_err(|e| no_columns(format!("{place}: {}", no_json(&e))))?);
                }
                known.extend(grades.into_iter().map(Graded::from));
            }
        }
        Ok(())
    }

    /// Completes the file and moves it to its final name.
    pub(super) fn finish(self) -> Result<()> {
        match self {
            Self::Lines { destination, .. } => destination.finish(),
            Self::Batches(writer) => writer.finish().map_err(unwritable)?.finish(),
            Self::Rows {
                destination,
                rows,
                grades,
            } => {
                let batch = RowBatch::infer(&rows).and_then(|batch| batch.with(&grades));
                let batch = batch.map_err(no_columns)?;
                let mut writer = BatchWriter::new(destination, &batch).map_err(unwritable)?;
                writer.write(&batch).map_err(unwritable)?;
                writer.finish().map_err(unwritable)?.finish()
            }
        }
    }
}

fn line(row: &str, grade: &Grade) -> Result<String> {
    let grade = serde_json::to_string(grade)?;
    let read = |text| Object::read(text).map_err(|reason| anyhow!(reason));
    Ok(read(row)?.with(&read(&grade)?) + "\n")
}

fn unwritable(reason: String) -> anyhow::Error {
    anyhow!(reason).context("cannot write the output as Parquet")
}

fn no_columns(reason: String) -> anyhow::Error {
    let text = format!("the rows do not fit into columns: {reason}");
    Mistake::new(text, "write JSONL instead, which takes any rows").into()
}

/// A file that appears only when it is complete, or standard output.
pub(super) enum Destination {
    Stdout(BufWriter<io::Stdout>),
    File(BufWriter<UserFile>),
}

impl Destination {
    fn open(name: &str) -> Result<Self> {
        Ok(match name {
            "-" => Self::Stdout(BufWriter::new(io::stdout())),
            _ => {
                let path = Path::new(name);
                if path.is_dir() {
                    let text = format!("cannot write {name}: it is a folder");
                    return Err(Mistake::new(text, "name a file in it").into());
                }
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
                    let text = format!("cannot write {name}: there is no folder {}", folder.display());
                    return Err(Mistake::new(text, "create it first, or write elsewhere").into());
                }
                Self::File(BufWriter::new(UserFile::create(path)?))
            }
        })
    }

    fn finish(self) -> Result<()> {
        match self {
            Self::Stdout(mut out) => Ok(out.flush()?),
            Self::File(out) => Ok(out.into_inner().map_err(|e| e.into_error())?.publish()?),
        }
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            Self::File(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::File(out) => out.flush(),
        }
    }
}
