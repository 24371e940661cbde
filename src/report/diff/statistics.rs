//! The statistics that matter in a table, side by side.

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serl_artifacts::table::Table;
use serl_artifacts::tables::{Drift, EvalSummary, Filtered, Selection, TrainLog, Vote};

use crate::report::frame::Frame;

/// A statistic of two tables.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statistic {
    /// Its name.
    pub name: String,
    /// The one table's; none where it has none.
    pub a: Option<f64>,
    /// The other table's.
    pub b: Option<f64>,
}

type Named = Vec<(String, f64)>;
type Figures = fn(&Frame) -> Result<Named>;

pub(super) fn compare(a: &Frame, b: &Frame) -> Result<Vec<Statistic>> {
    let (a, b) = (of(a)?, of(b)?);
    let value = |all: &Named, name: &str| {
        let found = all.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| *value)
    };
    let new = b.iter().filter(|(name, _)| value(&a, name).is_none());
    Ok(a.iter()
        .chain(new)
        .map(|(name, _)| Statistic {
            name: name.clone(),
            a: value(&a, name),
            b: value(&b, name),
        })
        .collect())
}

fn of(table: &Frame) -> Result<Named> {
    let (columns, figures): (&[&str], Figures) = match table.table() {
        Vote::NAME => (&["r_mean"], agreement),
        Selection::NAME => (&["selected"], |table| share(table, "selected", "selected share")),
        Filtered::NAME => (&["kept"], |table| share(table, "kept", "kept share")),
        TrainLog::NAME => (&["reward_mean", "responses", "kl", "tokens"], training),
        EvalSummary::NAME => (
            &[
                "benchmark",
                "group",
                "sampled",
                "k",
                "pass_at_1",
                "pass_at_k",
                "maj_at_k",
            ],
            evaluation,
        ),
        Drift::NAME => (&["statistic", "value"], distances),
        _ => return Ok(Vec::new()),
    };
    // A table of another version may lack them.
    if table.has(columns) {
        figures(table)
    } else {
        Ok(Vec::new())
    }
}

fn agreement(table: &Frame) -> Result<Named> {
    let Some(of) = table.quartiles("r_mean")? else {
        return Ok(Vec::new());
    };
    let named = [("r_mean q1", of.q1), ("r_mean median", of.median), ("r_mean q3", of.q3)];
    Ok(named.map(|(name, value)| (name.to_owned(), value)).into())
}

fn share(table: &Frame, column: &str, name: &str) -> Result<Named> {
    let share = table.share_true(column)?;
    Ok(share.map(|share| (name.to_owned(), share)).into_iter().collect())
}

fn training(table: &Frame) -> Result<Named> {
    let named = |name: &str, mean: Option<f64>| mean.map(|mean| (name.to_owned(), mean));
    let means = [
        named("mean reward", table.weighted_mean("reward_mean", "responses")?),
        named("KL", table.weighted_mean("kl", "tokens")?),
    ];
    Ok(means.into_iter().flatten().collect())
}

fn distances(table: &Frame) -> Result<Named> {
    Ok(table
        .cells("statistic")
        .into_iter()
        .zip(table.numbers("value")?)
        .collect())
}

/// The figures of a group of problems that are compared.
#[derive(Deserialize)]
struct Results {
    benchmark: String,
    group: String,
    sampled: bool,
    k: u32,
    pass_at_1: f64,
    pass_at_k: f64,
    maj_at_k: f64,
}

fn evaluation(table: &Frame) -> Result<Named> {
    let mut named = Vec::new();
    for of in table.rows::<Results>()?.iter().filter(|of| of.group == "all") {
        // Figures of the sampled part stand beside those of all problems.
        let part = if of.sampled { " (sampled)" } else { "" };
        let mut figure = |name: &str, value| named.push((format!("{}{part} {name}", of.benchmark), value));
        figure("Pass@1", of.pass_at_1);
        // Without samples, only the greedy figure has a meaning.
        if of.k > 0 {
            figure(&format!("Pass@{}", of.k), of.pass_at_k);
            figure(&format!("Maj@{}", of.k), of.maj_at_k);
        }
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(group: &str, k: u32) -> EvalSummary {
        EvalSummary {
            iteration: 1,
            benchmark: "quiz".into(),
            group: group.into(),
            n: 4,
            k,
            pass_at_1: 0.25,
            pass_at_k: 0.75,
            maj_at_k: 0.5,
            parsed_share: 1.0,
            ..EvalSummary::default()
        }
    }

    #[test]
    fn statistics_of_one_side_alone_stand_there_alone() {
        let greedy = Frame::of(vec![summary("all", 0), summary("level=1", 0)]).unwrap();
        let sampled = Frame::of(vec![summary("all", 8)]).unwrap();
        let statistics = compare(&greedy, &sampled).unwrap();
        let told: Vec<(&str, Option<f64>, Option<f64>)> =
            statistics.iter().map(|s| (s.name.as_str(), s.a, s.b)).collect();
        let expected = [
            ("quiz Pass@1", Some(0.25), Some(0.25)),
            ("quiz Pass@8", None, Some(0.75)),
            ("quiz Maj@8", None, Some(0.5)),
        ];
        assert_eq!(told, expected);
    }
}
