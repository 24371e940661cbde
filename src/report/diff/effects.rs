//! What a difference of settings did: the iterations of two runs side by side.

use std::collections::{BTreeSet, HashSet};

use anyhow::Result;
use serde::Serialize;

use crate::report::compare::{Greedy, Pairing, chance};
use crate::report::iterations::{self, IterationRow};
use crate::report::show::{ReportRow, number, or_dash, percent};
use crate::report::stored::StoredRun;
use crate::report::tables::FILTERED;

/// One iteration of two runs.
#[derive(Debug, Clone, Serialize)]
pub struct Effect {
    /// The iteration.
    pub iteration: u32,
    /// The one run's figures; none if it has no such iteration.
    pub a: Option<IterationRow>,
    /// The other's.
    pub b: Option<IterationRow>,
    /// The greedy answers to held-out problems that only one has right: `gained` those of `b`.
    pub answers: Pairing,
    /// The probability of so unequal a division by chance.
    pub p: f64,
    /// Kept instructions that both have.
    pub kept_by_both: usize,
    /// Kept instructions that only the one has.
    pub kept_by_a: usize,
    /// Kept instructions that only the other has.
    pub kept_by_b: usize,
}

/// The iterations of `a` and `b`.
///
/// # Errors
/// A table that cannot be read.
pub fn effects(a: &StoredRun, b: &StoredRun) -> Result<Vec<Effect>> {
    let (of_a, of_b) = (iterations::rows(a)?, iterations::rows(b)?);
    let numbers: BTreeSet<u32> = a.iterations().union(&b.iterations()).copied().collect();
    let effect = |iteration: u32| {
        let row = |rows: &[IterationRow]| rows.iter().find(|row| row.iteration == iteration).cloned();
        let answers = Greedy::of(b, iteration)?.against(&Greedy::of(a, iteration)?);
        let (kept, other) = (kept(a, iteration)?, kept(b, iteration)?);
        let both = kept.intersection(&other).count();
        Ok(Effect {
            iteration,
            a: row(&of_a),
            b: row(&of_b),
            p: answers.p(),
            answers,
            kept_by_both: both,
            kept_by_a: kept.len() - both,
            kept_by_b: other.len() - both,
        })
    };
    numbers.into_iter().map(effect).collect()
}

#[derive(serde::Deserialize)]
struct Kept {
    id: String,
    kept: bool,
}

/// The ids of the instructions that an iteration kept.
fn kept(run: &StoredRun, iteration: u32) -> Result<HashSet<String>> {
    let judged: Vec<Kept> = run.rows_of(iteration, &FILTERED)?;
    Ok(judged.into_iter().filter(|row| row.kept).map(|row| row.id).collect())
}

impl ReportRow for Effect {
    fn header(rows: &[Self]) -> Vec<String> {
        let measured = rows.iter().flat_map(|row| [&row.a, &row.b]).flatten();
        let k = measured.filter_map(|row| row.k).next();
        let maj = k.map_or_else(|| "Maj@k".to_owned(), |k| format!("Maj@{k}"));
        let names = [
            "iteration",
            "Pass@1",
            "right in one",
            "p",
            &maj,
            "r_mean",
            "selected",
            "KL",
            "kept in one",
        ];
        names.map(String::from).to_vec()
    }

    fn cells(&self) -> Vec<String> {
        let two = |figure: fn(&IterationRow) -> Option<f64>, text: fn(f64) -> String| {
            let side = |row: &Option<IterationRow>| or_dash(row.as_ref().and_then(figure), text);
            match (side(&self.a), side(&self.b)) {
                (a, b) if a == b => a,
                (a, b) => format!("{a} → {b}"),
            }
        };
        let measured = self.answers.problems > 0;
        vec![
            self.iteration.to_string(),
            two(|row| row.pass_at_1, percent),
            or_dash(measured.then_some(()), |()| {
                format!("{} / {}", self.answers.lost, self.answers.gained)
            }),
            or_dash(measured.then_some(self.p), chance),
            two(|row| row.maj_at_k, percent),
            two(|row| row.r_mean.map(|of| of.median), |value| number(value, 2)),
            two(|row| row.selected_share, percent),
            two(|row| row.kl, |value| number(value, 4)),
            match self.kept_by_both + self.kept_by_a + self.kept_by_b {
                0 => "-".to_owned(),
                _ => format!("{} / {}", self.kept_by_a, self.kept_by_b),
            },
        ]
    }

    fn dispensable() -> &'static [&'static str] {
        &["KL", "kept in one", "r_mean", "right in one", "Maj@k"]
    }
}
