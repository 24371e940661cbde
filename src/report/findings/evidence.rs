//! What the findings are computed from: every table that they need, read once.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use regex::Regex;
use serde::Deserialize;

use super::series::Series;
use crate::report::compare::{Greedy, Pairing};
use crate::report::counts::{counts, mean};
use crate::report::iterations::{self, IterationRow};
use crate::report::stored::StoredRun;
use crate::report::tables::{CANDIDATES, COMPLETIONS, COUNTS, DISTANCES, FIGURES, MEANINGS, READ, STEPS, VERDICTS};
use crate::report::texts::rows;
use crate::report::warnings::{self, WarningRow};

/// The tables of a run, as far as findings are made of them.
pub(super) struct Evidence {
    pub(super) rows: Vec<IterationRow>,
    pub(super) warnings: Vec<WarningRow>,
    /// Greedy answers to held-out problems, by iteration.
    pub(super) greedy: BTreeMap<u32, Greedy>,
    /// The iterations that wrote, voted or trained.
    pub(super) played: Vec<Played>,
    /// The optimizer steps of the whole run, in order.
    pub(super) steps: Vec<Step>,
    /// Share of the most common majority in the first round that was voted on.
    pub(super) first_top_share: Option<f64>,
}

/// One iteration.
#[derive(Default)]
pub(super) struct Played {
    pub(super) iteration: u32,
    /// Mean of r_mean over the instructions voted on.
    pub(super) agreement: Option<f64>,
    /// Share of the responses without a canonical answer.
    pub(super) unparsed: Option<f64>,
    /// Share of the completions with new instructions that ended at the length limit.
    pub(super) cut: Option<f64>,
    /// Candidate instructions by what the filter decided.
    pub(super) candidates: BTreeMap<String, usize>,
    /// Instructions voted on by what the difficulty filter decided.
    pub(super) difficulty: BTreeMap<String, usize>,
    /// Mean of a figure of the algorithm over the iteration's steps.
    pub(super) figures: BTreeMap<String, f64>,
    /// Statistics of drift.
    pub(super) drift: BTreeMap<String, f64>,
}

/// An optimizer step.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Step {
    pub(super) iteration: u32,
    pub(super) kl: Option<f64>,
    pub(super) entropy: Option<f64>,
    pub(super) mismatch_kl: Option<f64>,
}

#[derive(Deserialize)]
struct Read {
    n: u32,
    n_parsed: u32,
    r_mean: f32,
}

#[derive(Deserialize)]
struct Named {
    name: String,
    value: f64,
}

#[derive(Deserialize)]
struct Statistic {
    statistic: String,
    value: f64,
}

#[derive(Deserialize)]
struct Counted {
    majority: Option<String>,
}

impl Evidence {
    pub(super) fn of(run: &StoredRun) -> Result<Self> {
        // Worked-out responses are no finding: only the user knows what they look like.
        let worked = Regex::new("=")?;
        let iterations: BTreeSet<u32> = run.nodes().iter().map(|node| node.place.iteration).collect();
        let played = iterations.iter().filter(|&&iteration| iteration > 0);
        let (mut steps, mut greedy) = (Vec::new(), BTreeMap::new());
        for &iteration in &iterations {
            greedy.insert(iteration, Greedy::of(run, iteration)?);
            steps.extend(rows::<Step>(run, iteration, &STEPS)?);
        }
        greedy.retain(|_, answers| !answers.is_empty());
        Ok(Self {
            greedy,
            rows: iterations::rows(run)?,
            warnings: warnings::rows(run, &worked, None)?,
            played: played.map(|&at| Played::of(run, at)).collect::<Result<_>>()?,
            steps,
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
        Series::of(&self.played, |played| (played.iteration, figure(played)))
    }

    /// A figure of all iterations.
    pub(super) fn series(&self, figure: impl Fn(&IterationRow) -> Option<f64>) -> Series {
        Series::of(&self.rows, |row| (row.iteration, figure(row)))
    }

    /// A sign of the iterations.
    pub(super) fn sign(&self, figure: impl Fn(&WarningRow) -> Option<f64>) -> Series {
        Series::of(&self.warnings, |row| (row.iteration, figure(row)))
    }

    /// The mean of a figure over the steps of each iteration that has it.
    pub(super) fn of_steps(&self, figure: impl Fn(&Step) -> Option<f64>) -> Series {
        let of = |played: &Played| {
            let steps = self.steps.iter().filter(|step| step.iteration == played.iteration);
            mean(steps.filter_map(&figure))
        };
        self.played(of)
    }
}

impl Played {
    fn of(run: &StoredRun, iteration: u32) -> Result<Self> {
        let read: Vec<Read> = rows(run, iteration, &READ)?;
        let (parsed, n) = read
            .iter()
            .fold((0, 0), |sum, row| (sum.0 + row.n_parsed, sum.1 + row.n));
        let finish = counts(run, iteration, &COMPLETIONS, "finish")?;
        let completions: usize = finish.values().sum();
        let cut = finish.get("length").copied().unwrap_or(0);
        let mut figures: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for Named { name, value } in rows(run, iteration, &FIGURES)? {
            figures.entry(name).or_default().push(value);
        }
        let figures = figures.into_iter();
        let mut drift: Vec<Statistic> = rows(run, iteration, &DISTANCES)?;
        drift.extend(rows::<Statistic>(run, iteration, &MEANINGS)?);
        Ok(Self {
            iteration,
            agreement: mean(read.iter().map(|row| f64::from(row.r_mean))),
            unparsed: (n > 0).then(|| 1.0 - f64::from(parsed) / f64::from(n)),
            cut: (completions > 0).then(|| cut as f64 / completions as f64),
            candidates: counts(run, iteration, &CANDIDATES, "reason")?,
            difficulty: counts(run, iteration, &VERDICTS, "reason")?,
            figures: figures
                .filter_map(|(name, values)| Some((name, mean(values.into_iter())?)))
                .collect(),
            drift: drift.into_iter().map(|row| (row.statistic, row.value)).collect(),
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
