//! The options that choose rows and their form.

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::candidates;
use crate::report::Form;
use crate::report::query::{Condition, Query};
use crate::terminal::Terminal;

/// Rows of single steps, rollouts, candidates or nodes that a table shows.
const FEW: u32 = 20;

/// Which rows are shown, and how.
#[derive(Debug, Args)]
pub(super) struct QueryArgs {
    /// Only rows that meet a condition in SQL, such as `r_mean > 0.5 and reason = 'too_easy'`; with several, all of
    /// them. Columns are named as in the JSON
    #[arg(
        long = "where",
        global = true,
        value_name = "CONDITION",
        add = ArgValueCompleter::new(candidates::conditions)
    )]
    conditions: Vec<Condition>,
    /// Sort by columns, the smallest first
    #[arg(
        long,
        global = true,
        value_name = "COLUMN,…",
        add = ArgValueCompleter::new(candidates::sorted),
        value_delimiter = ','
    )]
    sort: Vec<String>,
    /// Turn the order round
    #[arg(long, global = true)]
    reverse: bool,
    /// Show at most N rows; 0: all [default: 20 in a table made with `--each`, otherwise all]
    #[arg(long, global = true, value_name = "N", allow_negative_numbers = true)]
    limit: Option<u32>,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    /// Print comma-separated values
    #[arg(long, global = true, conflicts_with = "json")]
    csv: bool,
}

impl QueryArgs {
    /// The choice of rows; `many` where a table of all would be long.
    pub(super) fn query(&self, many: bool) -> Query {
        let default = if many && !self.csv && !self.json { FEW } else { 0 };
        Query {
            conditions: self.conditions.clone(),
            sort: self.sort.iter().map(|column| column.trim().to_owned()).collect(),
            reverse: self.reverse,
            limit: Some(self.limit.unwrap_or(default) as usize).filter(|&limit| limit > 0),
        }
    }

    /// The form of the rows.
    pub(super) fn form(&self, terminal: &Terminal) -> Form {
        match self.csv {
            true => Form::Csv,
            false => Form::new(self.json, terminal.columns()),
        }
    }
}
