//! Outputs of stages: constants that hold the stage, the name and, for tables, the type of the rows.

use std::marker::PhantomData;

use serl_artifacts::table::{self, Table};
use serl_pipeline::{Input, NodeContext};

use super::at::{At, node_id};
use crate::error::StageError;

/// An output of a stage: a folder, or a table whose rows are not of interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output {
    /// The stage that writes it.
    pub stage: &'static str,
    /// Its name, which is that of the file or folder.
    pub name: &'static str,
}

impl Output {
    pub(crate) const fn new(stage: &'static str, name: &'static str) -> Self {
        Self { stage, name }
    }

    /// The output as an input of another node of the same iteration, for stages that run once an iteration.
    pub(crate) fn of_iteration(&self, iteration: u32) -> Input {
        self.of(iteration, None)
    }

    /// The output as an input of another node of the same round.
    pub(crate) fn of_round(&self, at: At) -> Input {
        self.of(at.iteration, at.round)
    }

    fn of(&self, iteration: u32, round: Option<u32>) -> Input {
        Input::Output {
            node: node_id(self.stage, iteration, round),
            output: self.name.to_owned(),
        }
    }
}

/// A table that a stage writes, with rows of type `T`.
#[derive(Debug)]
pub struct TableOutput<T> {
    output: Output,
    rows: PhantomData<fn() -> T>,
}

impl<T> Clone for TableOutput<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for TableOutput<T> {}

impl<T> std::ops::Deref for TableOutput<T> {
    type Target = Output;

    fn deref(&self) -> &Output {
        &self.output
    }
}

impl<T: Table> TableOutput<T> {
    pub(crate) const fn new(stage: &'static str, file: &'static str) -> Self {
        Self {
            output: Output::new(stage, file),
            rows: PhantomData,
        }
    }

    /// The table, whatever its rows.
    pub const fn output(self) -> Output {
        self.output
    }

    /// Writes the table as an output of the running node, one row group per element of `row_groups`.
    ///
    /// # Errors
    /// Rows that do not fit the table's schema, a disk that cannot be written to.
    pub(crate) fn put(self, ctx: &mut NodeContext<'_>, row_groups: &[Vec<T>]) -> Result<(), StageError> {
        Ok(ctx.put_output(self.name, &table::encode(row_groups)?, None)?)
    }
}
