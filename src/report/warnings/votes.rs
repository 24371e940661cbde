//! What votes and training say.

use std::collections::{BTreeMap, HashSet};

use anyhow::Result;
use serde::Deserialize;

use super::row::WarningRow;
use crate::report::alignment::Gold;
use crate::report::counts::mean;
use crate::report::stored::StoredRun;
use crate::report::tables::{COUNTS, DECISIONS, ENDINGS, FIGURES, MAJORITIES};

/// The votes of an iteration.
#[derive(Default)]
pub(super) struct Votes {
    rows: Option<Vec<Row>>,
    /// Share of the responses that were cut off.
    truncated: Option<f64>,
    zero_advantage_groups: Option<f64>,
}

#[derive(Deserialize)]
struct Row {
    majority: Option<String>,
    n: u32,
    majority_count: u32,
}

#[derive(Deserialize)]
struct Figure {
    name: String,
    value: f64,
}

impl Votes {
    pub(super) fn of(run: &StoredRun, iteration: u32) -> Result<Self> {
        let rows = run.frame_of(iteration, &COUNTS)?.map(|votes| votes.rows());
        let endings = run.frame_of(iteration, &ENDINGS)?;
        let figures = run
            .frame_of(iteration, &FIGURES)?
            .map(|figures| figures.rows::<Figure>());
        let idle = figures.transpose()?.unwrap_or_default();
        let idle = idle.iter().filter(|figure| figure.name == "zero_advantage_groups");
        Ok(Self {
            rows: rows.transpose()?,
            truncated: endings.and_then(|endings| share(endings.cells("finish"), |finish| finish == "length")),
            zero_advantage_groups: mean(idle.map(|figure| figure.value)),
        })
    }

    pub(super) fn fill(self, row: &mut WarningRow) {
        row.truncated_share = self.truncated;
        row.zero_advantage_groups = self.zero_advantage_groups;
        let Some(votes) = self.rows else { return };
        row.instructions = Some(votes.len());
        row.unanimous_share = share(&votes, |vote| vote.n > 0 && vote.majority_count == vote.n);
        row.no_majority_share = share(&votes, |vote| vote.majority.is_none());
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for majority in votes.iter().filter_map(|vote| vote.majority.as_deref()) {
            *counts.entry(majority).or_default() += 1;
        }
        let total: usize = counts.values().sum();
        // Of equally frequent answers, the first in order.
        let top = counts.into_iter().rev().max_by_key(|(_, count)| *count);
        if let Some((answer, count)) = top {
            row.top_majority = Some(answer.to_owned());
            row.top_majority_share = Some(count as f64 / total as f64);
        }
    }
}

/// How right the majorities are that were trained on, and the others.
pub(super) struct Labels {
    selected: Option<f64>,
    dropped: Option<f64>,
}

#[derive(Deserialize)]
struct Decision {
    instruction_id: String,
    selected: bool,
}

impl Labels {
    pub(super) fn of(run: &StoredRun, iteration: u32, gold: &Gold) -> Result<Self> {
        let (votes, decisions) = (
            run.frame_of(iteration, &MAJORITIES)?,
            run.frame_of(iteration, &DECISIONS)?,
        );
        let (Some(votes), Some(decisions)) = (votes, decisions) else {
            return Ok(Self {
                selected: None,
                dropped: None,
            });
        };
        let decisions: Vec<Decision> = decisions.rows()?;
        let selected: HashSet<String> = decisions
            .into_iter()
            .filter(|decision| decision.selected)
            .map(|decision| decision.instruction_id)
            .collect();
        let (matched, right) = gold.judge(&votes, "majority")?;
        let ids = matched.cells("instruction_id");
        let of = |wanted: bool| {
            let rows = ids
                .iter()
                .zip(&right)
                .filter(|(id, _)| selected.contains(*id) == wanted);
            share(rows, |(_, right)| **right)
        };
        Ok(Self {
            selected: of(true),
            dropped: of(false),
        })
    }

    pub(super) fn fill(self, row: &mut WarningRow) {
        row.selected_label_accuracy = self.selected;
        row.dropped_label_accuracy = self.dropped;
    }
}

/// The share of `all` that is `wanted`; none of nothing.
pub(super) fn share<T>(all: impl IntoIterator<Item = T>, wanted: impl Fn(&T) -> bool) -> Option<f64> {
    mean(all.into_iter().map(|one| f64::from(u8::from(wanted(&one)))))
}
