//! Agreement of the votes, one row per iteration and round.

use anyhow::Result;
use serde::Serialize;

use super::{Frame, Quartiles, Row, Run, number, or_dash, percent};

/// Bins of the histogram, equal in width from 0 to 1.
const BINS: usize = 10;
/// Heights of a bar of the histogram; the first is an empty bin.
const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

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
    /// Instructions selected for training; none before they were.
    pub selected: Option<usize>,
    /// Their share.
    pub selected_share: Option<f64>,
}

/// The rows of a run.
///
/// # Errors
/// A table that cannot be read.
pub fn rows(run: &Run) -> Result<Vec<RMeanRow>> {
    let votes = run.nodes().iter().filter(|node| node.stage == "vote");
    votes
        .map(|node| row(run, node.iteration, node.round.unwrap_or(0)))
        .collect()
}

/// r_mean of every instruction voted on in one round.
pub(super) fn values(run: &Run, iteration: u32, round: u32) -> Result<Option<Frame>> {
    run.table(iteration, "vote", Some(round), "votes.parquet", &["r_mean", "n_parsed"])
}

fn row(run: &Run, iteration: u32, round: u32) -> Result<RMeanRow> {
    let votes = values(run, iteration, round)?;
    let column = |name| votes.as_ref().map_or(Ok(Vec::new()), |votes| votes.numbers(name));
    let (r_mean, parsed) = (column("r_mean")?, column("n_parsed")?);
    let selected = match run.table(iteration, "train", Some(round), "selection.parquet", &["selected"])? {
        Some(selection) => Some(selection.count_true("selected")?),
        None => None,
    };
    Ok(RMeanRow {
        iteration,
        round,
        instructions: r_mean.len(),
        quartiles: Quartiles::of(&r_mean)?,
        histogram: histogram(&r_mean),
        no_majority: parsed.iter().filter(|&&n| n == 0.0).count(),
        selected,
        selected_share: selected.map(|n| n as f64 / r_mean.len().max(1) as f64),
    })
}

fn histogram(values: &[f64]) -> [usize; BINS] {
    let mut bins = [0; BINS];
    for value in values {
        // The last bin has both its ends. A hair more, so that 0.3 from 3/10 is not taken for a little less.
        let bin = (value * BINS as f64 + 1e-6) as usize;
        bins[bin.min(BINS - 1)] += 1;
    }
    bins
}

/// As high as the bin is full; whatever is not empty shows.
fn bars(bins: &[usize; BINS]) -> String {
    let most = bins.iter().copied().max().unwrap_or(0).max(1);
    bins.iter()
        .map(|&n| BARS[(n * (BARS.len() - 1)).div_ceil(most)])
        .collect()
}

impl Row for RMeanRow {
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

    fn cells(&self) -> Vec<String> {
        let quartile = |pick: fn(Quartiles) -> f64| or_dash(self.quartiles, |q| number(pick(q), 2));
        vec![
            self.iteration.to_string(),
            self.round.to_string(),
            self.instructions.to_string(),
            quartile(|q| q.q1),
            quartile(|q| q.median),
            quartile(|q| q.q3),
            format!("|{}|", bars(&self.histogram)),
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
        assert_eq!(bars(&bins), "█▄ ▄     █");
        assert_eq!(bars(&[0; BINS]), "          ");
    }

    #[test]
    fn single_precision_tenths_stay_in_their_bin() {
        assert_eq!(histogram(&[f64::from(0.3f32), f64::from(0.7f32)])[3], 1);
        assert_eq!(histogram(&[f64::from(0.3f32), f64::from(0.7f32)])[7], 1);
    }
}
