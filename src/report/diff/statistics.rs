//! What is known to matter in a table, side by side.

use anyhow::Result;
use serde::Serialize;
use serl_artifacts::table::AnyTable;

use crate::report::Quartiles;
use crate::report::iterations::weighted_mean;

/// A statistic of two tables.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statistic {
    /// What it is.
    pub name: String,
    /// The one table's; none where it has none.
    pub a: Option<f64>,
    /// The other table's.
    pub b: Option<f64>,
}

type Named = Vec<(String, f64)>;

pub(super) fn compare(a: &AnyTable, b: &AnyTable) -> Result<Vec<Statistic>> {
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

fn of(table: &AnyTable) -> Result<Named> {
    Ok(match table.name() {
        "votes" => quartiles(table)?,
        "selection" => share(table, "selected", "selected share"),
        "filtered" => share(table, "kept", "kept share"),
        "train_log" => training(table),
        "eval_summary" => evaluation(table),
        "drift" => {
            let names = table.texts("statistic").into_iter();
            names.zip(numbers(table, "value")).collect()
        }
        _ => Vec::new(),
    })
}

fn numbers(table: &AnyTable, column: &str) -> Vec<f64> {
    let texts = table.texts(column).into_iter();
    texts.map(|text| text.parse().unwrap_or(f64::NAN)).collect()
}

fn quartiles(table: &AnyTable) -> Result<Named> {
    let Some(of) = Quartiles::of(&numbers(table, "r_mean"))? else {
        return Ok(Vec::new());
    };
    let named = [("r_mean q1", of.q1), ("r_mean median", of.median), ("r_mean q3", of.q3)];
    Ok(named.map(|(name, value)| (name.to_owned(), value)).to_vec())
}

fn share(table: &AnyTable, column: &str, name: &str) -> Named {
    let of = table.texts(column);
    let held = of.iter().filter(|text| *text == "true").count();
    if of.is_empty() {
        return Vec::new();
    }
    vec![(name.to_owned(), held as f64 / of.len() as f64)]
}

fn training(table: &AnyTable) -> Named {
    let mean = |name: &str, column, weight| {
        let mean = weighted_mean(&numbers(table, column), &numbers(table, weight))?;
        Some((name.to_owned(), mean))
    };
    [
        mean("mean reward", "reward_mean", "sequences"),
        mean("KL", "kl", "tokens"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn evaluation(table: &AnyTable) -> Named {
    let (benchmarks, groups) = (table.texts("benchmark"), table.texts("group"));
    let samples = table.texts("k");
    let columns = ["pass_at_1", "pass_at_k", "maj_at_k"].map(|name| numbers(table, name));
    let all = (0..table.height()).filter(|&row| groups[row] == "all");
    all.flat_map(|row| {
        let (benchmark, k) = (&benchmarks[row], &samples[row]);
        let names = ["Pass@1".to_owned(), format!("Pass@{k}"), format!("Maj@{k}")];
        let values = columns.iter().map(move |column| column[row]);
        let named = names.into_iter().zip(values);
        // Without samples only the greedy figure means something.
        let shown = if k == "0" { 1 } else { 3 };
        named
            .take(shown)
            .map(|(name, value)| (format!("{benchmark} {name}"), value))
            .collect::<Vec<_>>()
    })
    .collect()
}
