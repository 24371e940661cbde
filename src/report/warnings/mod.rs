//! Early signs that a policy teaches itself something wrong, one row per iteration.
//!
//! One answer for everything, majorities that change sides, instructions that are all too easy, generated questions
//! that are those of the test.

mod held_out;
mod row;
mod votes;

pub use row::WarningRow;

use anyhow::Result;
use regex::Regex;

use super::alignment::Gold;
use super::stored::StoredRun;
use held_out::{Majorities, Repeats, Worked};
use votes::{Labels, Votes};

/// The rows of a run. `worked` is what a worked-out response matches: without it, these figures are missing. `gold` has
/// known answers of instructions.
///
/// # Errors
/// A table that cannot be read.
pub fn rows(run: &StoredRun, worked: Option<&Regex>, gold: Option<&Gold>) -> Result<Vec<WarningRow>> {
    let mut before = Majorities::default();
    let mut rows = Vec::new();
    for iteration in run.iterations() {
        let majorities = Majorities::of(run, iteration)?;
        let mut row = WarningRow {
            iteration,
            flip_rate: majorities.flips(&before),
            ..WarningRow::default()
        };
        Votes::of(run, iteration)?.fill(&mut row);
        if let Some(worked) = worked {
            Worked::of(run, iteration, worked)?.fill(&mut row);
        }
        Repeats::of(run, iteration)?.fill(&mut row);
        if let Some(gold) = gold {
            Labels::of(run, iteration, gold)?.fill(&mut row);
        }
        rows.push(row);
        before = majorities;
    }
    Ok(rows)
}
