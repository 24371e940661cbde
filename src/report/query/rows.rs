//! Rows of one run or of several.

use anyhow::Result;
use serde_json::{Map, Value};

use super::{Chosen, Query};
use crate::report::csv::csv;
use crate::report::flat::cells;
use crate::report::frame::Frame;
use crate::report::show::{Form, Tabulated};
use crate::report::stored::StoredRun;

/// Rows, and the run of each where there are several runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows<R> {
    runs: Vec<String>,
    rows: Vec<R>,
    /// Names of the columns that the rows had before some were chosen.
    columns: Vec<String>,
}

impl<R: Tabulated> Rows<R> {
    /// What `read` finds in each run.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn of(runs: &[StoredRun], read: impl Fn(&StoredRun) -> Result<Vec<R>>) -> Result<Self> {
        let mut all = Self {
            runs: Vec::new(),
            rows: Vec::new(),
            columns: Vec::new(),
        };
        for run in runs {
            let rows = read(run)?;
            if runs.len() > 1 {
                all.runs.resize(all.runs.len() + rows.len(), run.name().to_owned());
            }
            all.rows.extend(rows);
        }
        Ok(all)
    }

    /// `rows`, and the run of each; no runs where all are of one. They were chosen from a table with these columns.
    pub fn labelled(runs: Vec<String>, rows: Vec<R>, columns: Vec<String>) -> Self {
        Self { runs, rows, columns }
    }

    /// The rows alone.
    pub fn rows(&self) -> &[R] {
        &self.rows
    }

    /// Those that `query` chooses. Their columns are their fields as JSON has them, and `run` where there are several.
    ///
    /// # Errors
    /// As [`Query::choose`], or a row that is not JSON.
    pub fn chosen(self, query: &Query) -> Result<Chosen<Self>> {
        // Without rows no column is known, and nothing can be chosen wrongly.
        if self.rows.is_empty() {
            return Ok(Chosen { rows: self, of: 0 });
        }
        let values: Vec<Map<String, Value>> = self.values()?.iter().map(cells).collect();
        let frame = Frame::of_values(&values)?;
        let columns = frame.columns().into_iter().map(|(name, _)| name).collect();
        let chosen = query.choose(&frame)?;
        let picked = |at: &u32| *at as usize;
        let runs = match self.runs.as_slice() {
            [] => Vec::new(),
            runs => chosen.rows.iter().map(|at| runs[picked(at)].clone()).collect(),
        };
        let mut rows: Vec<Option<R>> = self.rows.into_iter().map(Some).collect();
        let rows = chosen.rows.iter().filter_map(|at| rows[picked(at)].take()).collect();
        Ok(Chosen {
            rows: Self { runs, rows, columns },
            of: chosen.of,
        })
    }

    /// The rows as JSON, the run of each first where there are several.
    ///
    /// # Errors
    /// A row that is not JSON.
    pub fn values(&self) -> Result<Vec<Value>> {
        let value = |(at, row): (usize, &R)| {
            let value = serde_json::to_value(row)?;
            Ok(match (self.runs.get(at), value) {
                (Some(run), Value::Object(fields)) => {
                    let run = ("run".to_owned(), Value::from(run.clone()));
                    Value::Object(std::iter::once(run).chain(fields).collect())
                }
                (_, value) => value,
            })
        };
        self.rows.iter().enumerate().map(value).collect()
    }

    /// The rows in the form that is asked for.
    ///
    /// # Errors
    /// A row that is not JSON.
    pub fn shown(&self, form: Form) -> Result<String> {
        Ok(match form {
            Form::Json => serde_json::to_string_pretty(&self.values()?)?,
            Form::Csv => csv(&self.columns, &self.values()?.iter().map(cells).collect::<Vec<_>>()),
            Form::Table(room) => R::table(&self.rows, &self.runs, room),
        })
    }
}

impl<R: Tabulated> Chosen<Rows<R>> {
    /// No rows.
    pub fn none() -> Self {
        let rows = Rows::labelled(Vec::new(), Vec::new(), Vec::new());
        Self { rows, of: 0 }
    }
}
