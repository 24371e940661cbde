//! A run as a data set for others: a folder that the `datasets` library, Polars, pandas and DuckDB read.
//!
//! `rows` says which columns there are, `joined` fills them from the tables of a run, `card` describes them. A file is
//! written for each node, so that memory holds the rows of one.

mod card;
mod joined;
mod rows;
mod written;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serl_artifacts::table::{Table, encode_with};
use serl_stages::{Evaluate, Filter, Respond, Stage, Vote};

use crate::report::{StoredNode, StoredRun};
use rows::{Ballot, Candidate, Graded, Rollout};
pub use written::Written;

/// Writes the tables of a run that have rows, and README.md, to the existing folder `out`.
///
/// # Errors
/// A table that cannot be read or was written by an earlier version, or a file that cannot be written.
pub fn write(run: &StoredRun, out: &Path) -> Result<Vec<Written>> {
    let writer = Writer { run, out };
    let tables = [
        writer.table::<Candidate>("instructions", "train", Filter::NAME, joined::candidates)?,
        writer.table::<Ballot>("votes", "train", Vote::NAME, joined::ballots)?,
        writer.table::<Rollout>("rollouts", "train", Respond::NAME, joined::rollouts)?,
        writer.table::<Graded>("eval", "test", Evaluate::NAME, joined::graded)?,
    ];
    let tables: Vec<Written> = tables.into_iter().flatten().collect();
    let path = out.join("README.md");
    fs::write(&path, card::card(run, &tables)).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(tables)
}

struct Writer<'a> {
    run: &'a StoredRun,
    out: &'a Path,
}

impl Writer<'_> {
    /// Writes a table, a file for each node of `stage`; none if it has no rows.
    fn table<T: Table>(
        &self,
        name: &'static str,
        split: &'static str,
        stage: &str,
        rows: impl Fn(&StoredRun, &StoredNode) -> Result<Vec<T>>,
    ) -> Result<Option<Written>> {
        let mut written = 0;
        for node in self.run.nodes_of(stage) {
            let rows = rows(self.run, node)?;
            if !rows.is_empty() {
                written += rows.len();
                self.file(name, node, rows)?;
            }
        }
        let schema = serl_artifacts::table::schema::<T>()?;
        let names = schema.fields().iter().map(|field| field.name().clone());
        Ok((written > 0).then(|| Written {
            name,
            split,
            rows: written,
            description: T::DESCRIPTION,
            columns: names.zip(T::COLUMNS.iter().copied()).collect(),
        }))
    }

    fn file<T: Table>(&self, name: &str, node: &StoredNode, rows: Vec<T>) -> Result<()> {
        let place = &node.place;
        let round = place.round.map(|round| format!("-round-{round}")).unwrap_or_default();
        let folder = self.out.join(name);
        let path = folder.join(format!("iteration-{}{round}.parquet", place.iteration));
        let mut origin = vec![
            ("serl.run", self.run.name().to_owned()),
            ("serl.node", place.to_string()),
            ("serl.key", node.manifest().key.to_string()),
            ("serl.iteration", place.iteration.to_string()),
        ];
        origin.extend(place.round.map(|round| ("serl.round", round.to_string())));
        let write = || -> Result<()> {
            fs::create_dir_all(&folder)?;
            fs::write(&path, encode_with(&[rows], &origin)?)?;
            Ok(())
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }
}
