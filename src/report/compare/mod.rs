//! Runs that differ in their seeds pooled, and two such sets of runs compared, iteration by iteration.

mod pairing;
mod statistics;

pub use pairing::{Greedy, Pairing};
pub(super) use statistics::{Pooled, pooled};

use std::collections::BTreeSet;

use anyhow::Result;
use serde::Serialize;
use serl_artifacts::tables::EvalSummary;

use super::eval;
use super::show::{ReportRow, or_dash, percent};
use super::stored::StoredRun;
use super::tables::GREEDY;

/// The results of several runs in one iteration.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PooledRow {
    /// Iteration of the policies; 0 for the untouched one.
    pub iteration: u32,
    /// The benchmark.
    pub benchmark: String,
    /// Problems: all of them, or in a second row those that were sampled.
    pub n: u32,
    /// Runs that have been measured.
    pub runs: usize,
    /// Mean of Pass@1.
    pub pass_at_1: f64,
    /// Its standard deviation between runs.
    pub pass_at_1_sd: Option<f64>,
    /// Half the width of its 95 % interval by Student's t.
    pub pass_at_1_half_width: Option<f64>,
    /// Mean of Pass@k.
    pub pass_at_k: Option<f64>,
    /// Its standard deviation between runs.
    pub pass_at_k_sd: Option<f64>,
    /// Mean of Maj@k.
    pub maj_at_k: Option<f64>,
    /// Its standard deviation between runs.
    pub maj_at_k_sd: Option<f64>,
}

impl ReportRow for PooledRow {
    fn header(_: &[Self]) -> Vec<String> {
        [
            "iteration",
            "benchmark",
            "n",
            "runs",
            "Pass@1",
            "sd",
            "95% interval",
            "Pass@k",
            "sd",
            "Maj@k",
            "sd",
        ]
        .map(String::from)
        .to_vec()
    }

    fn dispensable() -> &'static [&'static str] {
        &["sd", "sd", "sd", "n", "benchmark"]
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.iteration.to_string(),
            self.benchmark.clone(),
            self.n.to_string(),
            self.runs.to_string(),
            percent(self.pass_at_1),
            or_dash(self.pass_at_1_sd, percent),
            or_dash(self.pass_at_1_half_width, |half| {
                let end = |value: f64| percent(value.clamp(0.0, 1.0));
                format!("{} - {}", end(self.pass_at_1 - half), end(self.pass_at_1 + half))
            }),
            or_dash(self.pass_at_k, percent),
            or_dash(self.pass_at_k_sd, percent),
            or_dash(self.maj_at_k, percent),
            or_dash(self.maj_at_k_sd, percent),
        ]
    }
}

/// A probability, as far as anyone reads it.
pub(crate) fn chance(p: f64) -> String {
    if p < 0.0001 {
        "<0.0001".to_owned()
    } else {
        format!("{p:.4}")
    }
}

/// Pools `runs`, one row per iteration and benchmark that any of them was measured on, and a second one where only some
/// problems were sampled.
///
/// # Errors
/// A table that cannot be read.
pub fn pool(runs: &[StoredRun]) -> Result<Vec<PooledRow>> {
    let mut all: Vec<EvalSummary> = Vec::new();
    for run in runs {
        all.extend(eval::rows(run)?.into_iter().filter(|row| row.group == "all"));
    }
    let place = |row: &EvalSummary| (row.iteration, row.benchmark.clone(), row.sampled);
    let places: BTreeSet<(u32, String, bool)> = all.iter().map(place).collect();
    let row = |wanted: (u32, String, bool)| {
        let rows: Vec<&EvalSummary> = all.iter().filter(|row| place(row) == wanted).collect();
        let greedy: Vec<f64> = rows.iter().map(|row| row.pass_at_1).collect();
        let sampled = |value: fn(&EvalSummary) -> f64| {
            let values: Vec<f64> = rows.iter().filter(|row| row.k > 0).map(|row| value(row)).collect();
            pooled(&values)
        };
        let (pass, maj) = (sampled(|row| row.pass_at_k), sampled(|row| row.maj_at_k));
        let (iteration, benchmark, _) = wanted;
        pooled(&greedy).map(|of| PooledRow {
            iteration,
            benchmark,
            n: rows.first().map_or(0, |row| row.n),
            runs: rows.len(),
            pass_at_1: of.mean,
            pass_at_1_sd: of.sd,
            pass_at_1_half_width: of.half_width,
            pass_at_k: mean(pass),
            pass_at_k_sd: sd(pass),
            maj_at_k: mean(maj),
            maj_at_k_sd: sd(maj),
        })
    };
    Ok(places.into_iter().filter_map(row).collect())
}

fn mean(of: Option<Pooled>) -> Option<f64> {
    of.map(|of| of.mean)
}

fn sd(of: Option<Pooled>) -> Option<f64> {
    of.and_then(|of| of.sd)
}

/// How two sets of runs differ in one iteration: greedy answers to the same problems, run by run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairedRow {
    /// Iteration of the policies.
    pub iteration: u32,
    /// Pairs of runs.
    pub pairs: usize,
    /// Problems compared, in all pairs together.
    pub problems: u64,
    /// Mean difference of Pass@1, the first set minus the second.
    pub difference: f64,
    /// Half the width of its 95 % interval by Student's t, over pairs of runs; none for one pair.
    pub half_width: Option<f64>,
    /// Answers that only the first set has right.
    pub gained: u64,
    /// Answers that only the second set has right.
    pub lost: u64,
    /// McNemar's exact test on these answers, taken as independent: the probability of a division at least so unequal
    /// by chance.
    pub p: f64,
}

impl ReportRow for PairedRow {
    fn header(_: &[Self]) -> Vec<String> {
        let names = [
            "iteration",
            "pairs",
            "problems",
            "difference",
            "95% interval",
            "only first",
            "only second",
            "p",
        ];
        names.map(String::from).to_vec()
    }

    fn dispensable() -> &'static [&'static str] {
        &["pairs", "only second", "only first"]
    }

    fn cells(&self) -> Vec<String> {
        let signed = |value: f64| format!("{:+.1}", 100.0 * value);
        vec![
            self.iteration.to_string(),
            self.pairs.to_string(),
            self.problems.to_string(),
            signed(self.difference),
            or_dash(self.half_width, |half| {
                format!(
                    "{} … {}",
                    signed(self.difference - half),
                    signed(self.difference + half)
                )
            }),
            self.gained.to_string(),
            self.lost.to_string(),
            chance(self.p),
        ]
    }
}

/// Compares `first` with `second`, the runs paired in their order, in the iterations that both of a pair were measured
/// in; or with one iteration of `second`, if there is a `baseline`.
///
/// # Errors
/// A table that cannot be read.
pub fn pairs(first: &[StoredRun], second: &[StoredRun], baseline: Option<u32>) -> Result<Vec<PairedRow>> {
    let iterations = first.iter().flat_map(|run| run.nodes_of(GREEDY.table.stage));
    let iterations: BTreeSet<u32> = iterations.map(|node| node.place.iteration).collect();
    let mut rows = Vec::new();
    for iteration in iterations {
        let mut differences = Vec::new();
        let mut all = Pairing::default();
        for (a, b) in first.iter().zip(second) {
            let pair = Greedy::of(a, iteration)?.against(&Greedy::of(b, baseline.unwrap_or(iteration))?);
            if pair.problems > 0 {
                differences.push(pair.difference());
            }
            all = all.with(&pair);
        }
        rows.extend(pooled(&differences).map(|of| PairedRow {
            iteration,
            pairs: differences.len(),
            problems: all.problems,
            difference: of.mean,
            half_width: of.half_width,
            gained: all.gained,
            lost: all.lost,
            p: all.p(),
        }));
    }
    Ok(rows)
}
