//! Agreement of the votes, one row per iteration and round.

use anyhow::Result;
use serde::Serialize;

use super::frame::{Frame, Quartiles};
use super::show::{ReportRow, number, or_dash, percent};
use super::spark;
use super::stored::StoredRun;
use super::tables::{AGREEMENT, SELECTED};
use crate::place::Place;

/// Bins of the histogram, equal in width from 0 to 1.
pub const BINS: usize = 10;

/// The votes of one round.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RMeanRow {
    /// Iteration, counted from 1.
    pub iteration: u32,
    /// Round, counted from 0.
    pub round: u32,
    /// Instructions voted on.
    pub instructions: usize,
    /// Quartiles of r_mean.
    #[serde(flatten)]
    pub quartiles: Option<Quartiles>,
    /// Instructions per tenth of r_mean.
    pub histogram: [usize; BINS],
    /// Instructions without any parsed answer.
    pub no_majority: usize,
    /// Instructions selected for training; `None` before the selection.
    pub selected: Option<usize>,
    /// Their share.
    pub selected_share: Option<f64>,
}

/// The rows of a run.
///
/// # Errors
/// A table that cannot be read.
pub fn rows(run: &StoredRun) -> Result<Vec<RMeanRow>> {
    let mut rows = Vec::new();
    for node in run.nodes_of(AGREEMENT.table.stage) {
        let Some(votes) = run.frame(node, &AGREEMENT)? else {
            continue;
        };
        let Place { iteration, round, .. } = node.place;
        let selection = run.frame_at(iteration, round, &SELECTED)?;
        rows.push(row(&node.place, &votes, selection.as_ref())?);
    }
    Ok(rows)
}

fn row(place: &Place, votes: &Frame, selection: Option<&Frame>) -> Result<RMeanRow> {
    let selected = selection
        .map(|selection| selection.count_true("selected"))
        .transpose()?;
    let instructions = votes.height();
    Ok(RMeanRow {
        iteration: place.iteration,
        round: place.round.unwrap_or(0),
        instructions,
        quartiles: votes.quartiles("r_mean")?,
        histogram: histogram(&votes.numbers("r_mean")?),
        no_majority: votes.numbers("n_parsed")?.iter().filter(|&&n| n == 0.0).count(),
        selected,
        selected_share: selected.map(|n| n as f64 / instructions.max(1) as f64),
    })
}

fn histogram(values: &[f64]) -> [usize; BINS] {
    let mut bins = [0; BINS];
    for value in values {
        // The last bin includes both ends. The tiny addition keeps 3/10 from falling below 0.3 by rounding.
        let bin = (value * BINS as f64 + 1e-6) as usize;
        bins[bin.min(BINS - 1)] += 1;
    }
    bins
}

impl ReportRow for RMeanRow {
    fn header(_: &[Self]) -> Vec<String> {
        [
            "iteration",
            "round",
            "instructions",
            "q1",
            "median",
            "q3",
            "0 r_mean 1",
            "unparsed",
            "selected",
            "share",
        ]
        .map(String::from)
        .to_vec()
    }

    fn dispensable() -> &'static [&'static str] {
        &["unparsed", "q1", "q3", "selected", "instructions"]
    }

    fn cells(&self) -> Vec<String> {
        let quartile = |pick: fn(Quartiles) -> f64| or_dash(self.quartiles, |q| number(pick(q), 2));
        vec![
            self.iteration.to_string(),
            self.round.to_string(),
            self.instructions.to_string(),
            quartile(|q| q.q1),
            quartile(|q| q.median),
            quartile(|q| q.q3),
            spark::histogram(&self.histogram),
            self.no_majority.to_string(),
            or_dash(self.selected, |n| n.to_string()),
            or_dash(self.selected_share, percent),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_histogram_counts_tenths() {
        let bins = histogram(&[0.0, 0.0625, 0.1, 0.3, 0.99, 1.0]);
        assert_eq!(bins, [2, 1, 0, 1, 0, 0, 0, 0, 0, 2]);
    }

    #[test]
    fn single_precision_tenths_stay_in_their_bin() {
        assert_eq!(histogram(&[f64::from(0.3f32), f64::from(0.7f32)])[3], 1);
        assert_eq!(histogram(&[f64::from(0.3f32), f64::from(0.7f32)])[7], 1);
    }
}
