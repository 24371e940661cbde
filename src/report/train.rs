//! The training of a run, one row per iteration.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde::Serialize;

use super::counts::mean;
use super::show::{ReportRow, number, or_dash};
use super::spark::course;
use super::steps::{self, StepRow};
use super::stored::StoredRun;

/// The optimizer steps of one iteration.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrainRow {
    /// Iteration, counted from 1.
    pub iteration: u32,
    /// Rounds that were trained.
    pub rounds: usize,
    /// Optimizer steps.
    pub steps: usize,
    /// Responses trained on.
    pub responses: u64,
    /// Their tokens.
    pub tokens: u64,
    /// Mean reward of the responses.
    pub reward: Option<f64>,
    /// Mean reward of each step, in order.
    pub reward_by_step: Vec<f64>,
    /// Mean KL divergence from the reference policy per token, in nats (k1 estimate).
    pub kl: Option<f64>,
    /// Mean entropy of the policy per token, in nats.
    pub entropy: Option<f64>,
    /// Mean loss of a step.
    pub loss: Option<f64>,
    /// Mean norm of the gradient before clipping.
    pub grad_norm: Option<f64>,
    /// Learning rate of the last step.
    pub lr: Option<f64>,
    /// Mean divergence of the trainer from the sampler per token, in nats (k3 estimate).
    pub mismatch_kl: Option<f64>,
    /// Means over the steps of the algorithm's figures.
    pub figures: BTreeMap<String, f64>,
}

/// The rows of a run.
///
/// # Errors
/// A table that cannot be read.
pub fn rows(run: &StoredRun) -> Result<Vec<TrainRow>> {
    let steps = steps::rows(run)?;
    let of_iteration = steps.chunk_by(|a, b| a.log.iteration == b.log.iteration);
    Ok(of_iteration.map(row).collect())
}

fn row(steps: &[StepRow]) -> TrainRow {
    let logs = || steps.iter().map(|step| &step.log);
    let by_response = |figure: Figure| weighted(steps, figure, |step| f64::from(step.log.responses));
    let by_token = |figure: Figure| weighted(steps, figure, |step| step.log.tokens as f64);
    let figure = |name: &String| {
        let values = steps.iter().filter_map(|step| step.figures.get(name)).copied();
        Some((name.clone(), mean(values)?))
    };
    TrainRow {
        iteration: logs().next().map_or(0, |log| log.iteration),
        rounds: logs().map(|log| log.round).collect::<BTreeSet<u32>>().len(),
        steps: steps.len(),
        responses: logs().map(|log| u64::from(log.responses)).sum(),
        tokens: logs().map(|log| log.tokens).sum(),
        reward: by_response(|step| Some(step.log.reward_mean)),
        reward_by_step: logs().map(|log| log.reward_mean).collect(),
        kl: by_token(|step| step.log.kl),
        entropy: by_token(|step| step.log.entropy),
        loss: mean(logs().map(|log| log.loss)),
        grad_norm: mean(logs().map(|log| log.grad_norm)),
        lr: steps.last().map(|step| step.log.lr),
        mismatch_kl: by_token(|step| step.log.mismatch_kl),
        figures: names(steps).into_iter().filter_map(figure).collect(),
    }
}

/// A figure of a step, if it has it.
type Figure = fn(&StepRow) -> Option<f64>;

/// A mean of the steps that have the figure, each with its weight; none without weight.
fn weighted(steps: &[StepRow], figure: Figure, weight: impl Fn(&StepRow) -> f64) -> Option<f64> {
    let known = || steps.iter().filter_map(|step| Some((figure(step)?, weight(step))));
    let total: f64 = known().map(|(_, weight)| weight).sum();
    let sum: f64 = known().map(|(value, weight)| value * weight).sum();
    (total > 0.0).then(|| sum / total)
}

/// The names of the figures that any of the steps has.
fn names(steps: &[StepRow]) -> BTreeSet<&String> {
    steps.iter().flat_map(|step| step.figures.keys()).collect()
}

/// A small rate such as 0.0002, without the zeros.
fn rate(value: f64) -> String {
    format!("{value:.1e}")
}

impl ReportRow for TrainRow {
    fn header(_: &[Self]) -> Vec<String> {
        let fixed = [
            "iteration",
            "steps",
            "responses",
            "tokens",
            "reward",
            "by step",
            "KL",
            "entropy",
            "loss",
            "grad norm",
            "lr",
        ];
        fixed.map(String::from).to_vec()
    }

    fn dispensable() -> &'static [&'static str] {
        &["lr", "loss", "tokens", "responses", "grad norm", "by step", "steps"]
    }

    fn cells(&self) -> Vec<String> {
        let figure = |value: Option<f64>, decimals| or_dash(value, |value| number(value, decimals));
        vec![
            self.iteration.to_string(),
            self.steps.to_string(),
            self.responses.to_string(),
            self.tokens.to_string(),
            figure(self.reward, 3),
            course(&self.reward_by_step),
            figure(self.kl, 4),
            figure(self.entropy, 3),
            figure(self.loss, 4),
            figure(self.grad_norm, 2),
            or_dash(self.lr, rate),
        ]
    }
}

/// An optimizer step.
impl ReportRow for StepRow {
    fn header(rows: &[Self]) -> Vec<String> {
        let fixed = [
            "iteration",
            "round",
            "step",
            "responses",
            "tokens",
            "reward",
            "KL",
            "entropy",
            "loss",
            "grad norm",
            "lr",
        ];
        let fixed = fixed.map(String::from).into_iter();
        fixed.chain(names(rows).into_iter().cloned()).collect()
    }

    fn dispensable() -> &'static [&'static str] {
        &["lr", "tokens", "responses", "loss", "grad norm", "entropy"]
    }

    fn cells(&self) -> Vec<String> {
        self.cells_with(&self.figures.keys().collect())
    }

    fn all_cells(rows: &[Self]) -> Vec<Vec<String>> {
        let names = names(rows);
        rows.iter().map(|row| row.cells_with(&names)).collect()
    }
}

impl StepRow {
    fn cells_with(&self, names: &BTreeSet<&String>) -> Vec<String> {
        let log = &self.log;
        let mut cells = vec![
            log.iteration.to_string(),
            log.round.to_string(),
            log.step.to_string(),
            log.responses.to_string(),
            log.tokens.to_string(),
            number(log.reward_mean, 3),
            or_dash(log.kl, |value| number(value, 4)),
            or_dash(log.entropy, |value| number(value, 3)),
            number(log.loss, 4),
            number(log.grad_norm, 2),
            rate(log.lr),
        ];
        let figure = |name: &&String| or_dash(self.figures.get(*name), |&value| number(value, 4));
        cells.extend(names.iter().map(figure));
        cells
    }
}
