//! What the findings are computed from: the rows of other reports, and the few tables that only findings need.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Deserialize;

use super::series::Series;
use crate::report::compare::{Greedy, Pairing};
use crate::report::counts::{counts, mean};
use crate::report::drift::{self, DriftRow};
use crate::report::funnel::{self, FunnelRow};
use crate::report::iterations::{self, IterationRow};
use crate::report::steps::{self, StepRow};
use crate::report::stored::StoredRun;
use crate::report::tables::{COMPLETIONS, COUNTS, READ};
use crate::report::warnings::{self, WarningRow};

/// The tables of a run, as far as findings are made of them.
pub(super) struct Evidence {
    pub(super) rows: Vec<IterationRow>,
    pub(super) warnings: Vec<WarningRow>,
    /// Greedy answers to held-out problems, by iteration.
    pub(super) greedy: BTreeMap<u32, Greedy>,
    /// The iterations that wrote, voted or trained.
    pub(super) played: Vec<Played>,
    pub(super) drift: Vec<DriftRow>,
    pub(super) steps: Vec<StepRow>,
    /// Share of the most common majority in the first round that was voted on.
    pub(super) first_top_share: Option<f64>,
}

/// One iteration.
#[derive(Default)]
pub(super) struct Played {
    pub(super) funnel: FunnelRow,
    /// Share of the responses without a canonical answer.
    pub(super) unparsed: Option<f64>,
    /// Share of the completions with new instructions that ended at the length limit.
    pub(super) cut: Option<f64>,
}

#[derive(Deserialize)]
struct Read {
    n: u32,
    n_parsed: u32,
}

#[derive(Deserialize)]
struct Counted {
    majority: Option<String>,
}

impl Evidence {
    pub(super) fn of(run: &StoredRun) -> Result<Self> {
        let mut greedy = BTreeMap::new();
        for iteration in run.iterations() {
            let answers = Greedy::of(run, iteration)?;
            if !answers.is_empty() {
                greedy.insert(iteration, answers);
            }
        }
        let played = funnel::rows(run)?.into_iter().map(|row| Played::of(run, row));
        Ok(Self {
            rows: iterations::rows(run)?,
            // Only the user knows what a worked-out response looks like: that is no finding.
            warnings: warnings::rows(run, None, None)?,
            greedy,
            played: played.collect::<Result<_>>()?,
            drift: drift::rows(run)?,
            steps: steps::rows(run)?,
            first_top_share: first_top_share(run)?,
        })
    }

    /// How the greedy answers of the policy of one iteration differ from those of another.
    pub(super) fn pairing(&self, first: u32, second: u32) -> Pairing {
        let of = |iteration: u32| self.greedy.get(&iteration);
        let pair = of(first).zip(of(second));
        pair.map_or_else(Pairing::default, |(first, second)| first.against(second))
    }

    /// The iterations that were measured.
    pub(super) fn measured(&self) -> Vec<u32> {
        self.greedy.keys().copied().collect()
    }

    /// A figure of the iterations that wrote, voted or trained.
    pub(super) fn played(&self, figure: impl Fn(&Played) -> Option<f64>) -> Series {
        Series::of(&self.played, |played| (played.funnel.iteration, figure(played)))
    }

    /// A figure of all iterations.
    pub(super) fn series(&self, figure: impl Fn(&IterationRow) -> Option<f64>) -> Series {
        Series::of(&self.rows, |row| (row.iteration, figure(row)))
    }

    /// A sign of the iterations.
    pub(super) fn sign(&self, figure: impl Fn(&WarningRow) -> Option<f64>) -> Series {
        Series::of(&self.warnings, |row| (row.iteration, figure(row)))
    }

    /// A statistic of drift.
    pub(super) fn drift(&self, name: &str) -> Series {
        let value = |row: &DriftRow| row.statistics.get(name)?.as_f64();
        Series::of(&self.drift, |row| (row.iteration, value(row)))
    }

    /// The mean of a figure over the steps of each iteration that has it.
    pub(super) fn of_steps(&self, figure: impl Fn(&StepRow) -> Option<f64>) -> Series {
        let of = |played: &Played| {
            let steps = self.steps.iter();
            let steps = steps.filter(|step| step.log.iteration == played.funnel.iteration);
            mean(steps.filter_map(&figure))
        };
        self.played(of)
    }
}

impl Played {
    fn of(run: &StoredRun, funnel: FunnelRow) -> Result<Self> {
        let votes: Vec<Read> = run.rows_of(funnel.iteration, &READ)?;
        let sum = |count: fn(&Read) -> u32| votes.iter().map(|vote| f64::from(count(vote))).sum::<f64>();
        let (parsed, n) = (sum(|vote| vote.n_parsed), sum(|vote| vote.n));
        let finish = counts(run, funnel.iteration, &COMPLETIONS, "finish")?;
        let completions: usize = finish.values().sum();
        let cut = finish.get("length").copied().unwrap_or(0);
        Ok(Self {
            unparsed: (n > 0.0).then(|| 1.0 - parsed / n),
            cut: (completions > 0).then(|| cut as f64 / completions as f64),
            funnel,
        })
    }
}

/// The share of the most common majority in the first round that was voted on.
fn first_top_share(run: &StoredRun) -> Result<Option<f64>> {
    let Some(node) = run.nodes_of(COUNTS.table.stage).next() else {
        return Ok(None);
    };
    let Some(frame) = run.frame(node, &COUNTS)? else {
        return Ok(None);
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for majority in frame.rows::<Counted>()?.into_iter().filter_map(|row| row.majority) {
        *counts.entry(majority).or_default() += 1;
    }
    let all: usize = counts.values().sum();
    Ok(counts.values().max().map(|&most| most as f64 / all as f64))
}
