//! A run at a glance: one row per iteration.

use std::collections::BTreeSet;

use anyhow::Result;
use serde::Serialize;

use super::{Quartiles, Row, Run, eval, number, or_dash, percent, r_mean};

/// One iteration. What was not run is not there.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
    /// Mean reward of the rollouts trained on.
    pub reward: Option<f64>,
    /// Mean KL divergence from the reference policy per token, in nats (k1 estimate).
    pub kl: Option<f64>,
    /// Samples per problem, the k of the next two.
    pub k: Option<u32>,
    /// Greedy Pass@1.
    pub pass_at_1: Option<f64>,
    /// Pass@k.
    pub pass_at_k: Option<f64>,
    /// Maj@k.
    pub maj_at_k: Option<f64>,
    /// Computing time of its nodes, whenever they were computed.
    pub seconds: f64,
}

/// The rows of a run.
///
/// # Errors
/// A table that cannot be read.
pub fn rows(run: &Run) -> Result<Vec<IterationRow>> {
    let iterations: BTreeSet<u32> = run.nodes().iter().map(|node| node.iteration).collect();
    iterations.into_iter().map(|iteration| row(run, iteration)).collect()
}

fn row(run: &Run, iteration: u32) -> Result<IterationRow> {
    let (generated, kept) = match run.table(iteration, "filter", None, "filtered.parquet", &["kept"])? {
        Some(table) => (Some(table.height()), Some(table.count_true("kept")?)),
        None => (None, None),
    };
    let rounds = Rounds::read(run, iteration)?;
    let measured = eval::of_iteration(run, iteration)?.into_iter().next();
    let sampled = measured.as_ref().filter(|row| row.k > 0);
    Ok(IterationRow {
        iteration,
        generated,
        kept,
        r_mean: Quartiles::of(&rounds.r_mean)?,
        selected_share: rounds.selected_share(),
        reward: weighted_mean(&rounds.rewards, &rounds.sequences),
        kl: weighted_mean(&rounds.kls, &rounds.tokens),
        k: sampled.map(|row| row.k),
        pass_at_1: measured.as_ref().map(|row| row.pass_at_1),
        pass_at_k: sampled.map(|row| row.pass_at_k),
        maj_at_k: sampled.map(|row| row.maj_at_k),
        seconds: run
            .nodes()
            .iter()
            .filter(|node| node.iteration == iteration)
            .map(|node| node.seconds)
            .sum(),
    })
}

/// The tables of all rounds of an iteration, one after the other.
#[derive(Default)]
struct Rounds {
    r_mean: Vec<f64>,
    judged: usize,
    selected: usize,
    rewards: Vec<f64>,
    sequences: Vec<f64>,
    kls: Vec<f64>,
    tokens: Vec<f64>,
}

impl Rounds {
    fn read(run: &Run, iteration: u32) -> Result<Self> {
        let mut rounds = Self::default();
        let nodes = run.nodes().iter().filter(|node| node.iteration == iteration);
        for round in nodes
            .filter(|node| node.stage == "vote")
            .map(|node| node.round.unwrap_or(0))
        {
            if let Some(votes) = r_mean::values(run, iteration, round)? {
                rounds.r_mean.extend(votes.numbers("r_mean")?);
            }
            rounds.read_training(run, iteration, round)?;
        }
        Ok(rounds)
    }

    fn read_training(&mut self, run: &Run, iteration: u32, round: u32) -> Result<()> {
        let table = |name, columns: &[&str]| run.table(iteration, "train", Some(round), name, columns);
        if let Some(selection) = table("selection.parquet", &["selected"])? {
            self.judged += selection.height();
            self.selected += selection.count_true("selected")?;
        }
        if let Some(log) = table("train_log.parquet", &["reward_mean", "sequences", "kl", "tokens"])? {
            self.rewards.extend(log.numbers("reward_mean")?);
            self.sequences.extend(log.numbers("sequences")?);
            self.kls.extend(log.numbers("kl")?);
            self.tokens.extend(log.numbers("tokens")?);
        }
        Ok(())
    }

    fn selected_share(&self) -> Option<f64> {
        (self.judged > 0).then(|| self.selected as f64 / self.judged as f64)
    }
}

pub(super) fn weighted_mean(values: &[f64], weights: &[f64]) -> Option<f64> {
    let total: f64 = weights.iter().sum();
    let sum: f64 = values.iter().zip(weights).map(|(value, weight)| value * weight).sum();
    (total > 0.0).then(|| sum / total)
}

impl Row for IterationRow {
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
            or_dash(self.pass_at_1, percent),
            or_dash(self.pass_at_k, percent),
            or_dash(self.maj_at_k, percent),
            number(self.seconds, 1),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_weighted() {
        assert_eq!(weighted_mean(&[1.0, 0.5], &[1.0, 3.0]), Some(0.625));
        assert_eq!(weighted_mean(&[], &[]), None);
    }
}
