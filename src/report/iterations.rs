//! A run at a glance: one row per iteration.

use anyhow::Result;
use serde::Serialize;

use super::eval;
use super::frame::{Frame, Quartiles};
use super::show::{ReportRow, number, or_dash, percent};
use super::stored::StoredRun;
use super::tables::{AGREEMENT, KEPT, SELECTED, STEPS};

/// One iteration. Figures of nodes that were not run are missing.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct IterationRow {
    /// Iteration; 0 is the untouched policy.
    pub iteration: u32,
    /// Instructions that the policy wrote.
    pub generated: Option<usize>,
    /// Of these, instructions that passed the filter.
    pub kept: Option<usize>,
    /// Quartiles of r_mean over all rounds.
    pub r_mean: Option<Quartiles>,
    /// Share of the instructions voted on that was selected for training.
    pub selected_share: Option<f64>,
    /// Mean reward of the responses trained on.
    pub reward: Option<f64>,
    /// Mean KL divergence from the reference policy per token, in nats (k1 estimate).
    pub kl: Option<f64>,
    /// Held-out problems.
    pub problems: Option<u32>,
    /// Greedy Pass@1 on these.
    pub pass_at_1: Option<f64>,
    /// Lower end of its 95 % interval.
    pub pass_at_1_low: Option<f64>,
    /// Upper end of its 95 % interval.
    pub pass_at_1_high: Option<f64>,
    /// Of the problems, those that were sampled.
    pub sampled_problems: Option<u32>,
    /// Greedy Pass@1 on these.
    pub sampled_pass_at_1: Option<f64>,
    /// Samples per problem, the k of the next two.
    pub k: Option<u32>,
    /// Pass@k on the sampled problems.
    pub pass_at_k: Option<f64>,
    /// Maj@k on the sampled problems.
    pub maj_at_k: Option<f64>,
    /// Computing time of its nodes, whenever they were computed.
    pub seconds: f64,
}

/// The rows of a run.
///
/// # Errors
/// A table that cannot be read.
pub fn rows(run: &StoredRun) -> Result<Vec<IterationRow>> {
    run.iterations()
        .into_iter()
        .map(|iteration| row(run, iteration))
        .collect()
}

fn row(run: &StoredRun, iteration: u32) -> Result<IterationRow> {
    let written = run.frame_of(iteration, &KEPT)?;
    let selection = run.frame_of(iteration, &SELECTED)?;
    let results = eval::of_iteration(run, iteration)?;
    let mut whole = results.iter().filter(|row| row.group == "all");
    let sampled = whole.clone().find(|row| row.k > 0);
    let measured = whole.find(|row| !row.sampled);
    let (votes, steps) = (run.frame_of(iteration, &AGREEMENT)?, run.frame_of(iteration, &STEPS)?);
    let nodes = run.nodes().iter().filter(|node| node.place.iteration == iteration);
    Ok(IterationRow {
        iteration,
        generated: written.as_ref().map(Frame::height),
        kept: of(&written, |table| table.count_true("kept").map(Some))?,
        r_mean: of(&votes, |table| table.quartiles("r_mean"))?,
        selected_share: of(&selection, |table| table.share_true("selected"))?,
        reward: of(&steps, |table| table.weighted_mean("reward_mean", "responses"))?,
        kl: of(&steps, |table| table.weighted_mean("kl", "tokens"))?,
        problems: measured.map(|row| row.n),
        pass_at_1: measured.map(|row| row.pass_at_1),
        pass_at_1_low: measured.map(|row| row.pass_at_1_low),
        pass_at_1_high: measured.map(|row| row.pass_at_1_high),
        sampled_problems: sampled.map(|row| row.n),
        sampled_pass_at_1: sampled.map(|row| row.pass_at_1),
        k: sampled.map(|row| row.k),
        pass_at_k: sampled.map(|row| row.pass_at_k),
        maj_at_k: sampled.map(|row| row.maj_at_k),
        seconds: nodes.map(|node| node.seconds).sum(),
    })
}

/// A figure of a table; `None` if there is no table.
fn of<T>(table: &Option<Frame>, figure: impl Fn(&Frame) -> Result<Option<T>>) -> Result<Option<T>> {
    table.as_ref().map_or(Ok(None), figure)
}

/// Pass@1 of each iteration with its interval, on all problems; the table's figures are of the sampled ones, so that
/// they can be compared. `None` if nothing was measured.
pub fn caption(rows: &[IterationRow]) -> Option<String> {
    let measured: Vec<&IterationRow> = rows.iter().filter(|row| row.problems.is_some()).collect();
    let problems = measured.last()?.problems?;
    let figure = |row: &&IterationRow| {
        let (low, high) = (row.pass_at_1_low.unwrap_or(0.0), row.pass_at_1_high.unwrap_or(1.0));
        let value = percent(row.pass_at_1.unwrap_or(0.0));
        format!("{value} ({:.1}-{:.1})", 100.0 * low, 100.0 * high)
    };
    let figures: Vec<String> = measured.iter().map(figure).collect();
    let mut text = format!("Pass@1 on {problems} problems (95% interval): {}", figures.join(", "));
    if let Some(sampled) = measured.last()?.sampled_problems.filter(|&sampled| sampled < problems) {
        text += &format!("\nThe table has figures of the {sampled} problems that were sampled.");
    }
    Some(text)
}

impl ReportRow for IterationRow {
    fn header(rows: &[Self]) -> Vec<String> {
        let k = rows
            .iter()
            .find_map(|row| row.k)
            .map_or_else(|| "k".to_owned(), |k| k.to_string());
        let fixed = [
            "iteration",
            "generated",
            "kept",
            "r_mean q1",
            "median",
            "q3",
            "selected",
            "reward",
            "KL",
            "Pass@1",
        ];
        let mut header = fixed.map(String::from).to_vec();
        header.extend([format!("Pass@{k}"), format!("Maj@{k}"), "seconds".to_owned()]);
        header
    }

    fn dispensable() -> &'static [&'static str] {
        &["seconds", "r_mean q1", "q3", "generated", "KL", "reward", "kept"]
    }

    fn cells(&self) -> Vec<String> {
        let count = |n: Option<usize>| or_dash(n, |n| n.to_string());
        let quartile = |pick: fn(Quartiles) -> f64| or_dash(self.r_mean, |q| number(pick(q), 2));
        vec![
            self.iteration.to_string(),
            count(self.generated),
            count(self.kept),
            quartile(|q| q.q1),
            quartile(|q| q.median),
            quartile(|q| q.q3),
            or_dash(self.selected_share, percent),
            or_dash(self.reward, |x| number(x, 3)),
            or_dash(self.kl, |x| number(x, 4)),
            or_dash(self.sampled_pass_at_1.or(self.pass_at_1), percent),
            or_dash(self.pass_at_k, percent),
            or_dash(self.maj_at_k, percent),
            number(self.seconds, 1),
        ]
    }
}
