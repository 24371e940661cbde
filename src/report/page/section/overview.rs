//! The runs of a report on several, and what their settings differ in.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::Value;
use serl_pipeline::shown;

use crate::progress::duration;
use crate::report::findings;
use crate::report::page::block::{Cell, Section, Table};
use crate::report::page::run::Run;
use crate::report::page::setting::{Setting, semantic};
use crate::report::show::{or_dash, percent};

/// The section; none for a single run.
///
/// # Errors
/// A table that cannot be read.
pub fn section(settings: &[Setting]) -> Result<Option<Section>> {
    if settings.iter().map(|setting| setting.runs.len()).sum::<usize>() < 2 {
        return Ok(None);
    }
    let mut section = Section::new("runs", "Runs").with(runs(settings).block());
    if settings.iter().any(|setting| setting.runs.len() > 1) {
        section = section.noting(
            "Runs that differ in nothing but their seed are one setting. Charts show the mean of its runs, with a band \
             of one standard deviation between them up and down.",
        );
    }
    if settings.len() > 1 {
        section = section.with(differences(settings).block());
    }
    Ok(Some(section))
}

fn runs(settings: &[Setting]) -> Table {
    let mut table = Table::new([
        "",
        "setting",
        "run",
        "#seed",
        "#nodes",
        "#Pass@1 at first",
        "at last",
        "#time",
        "verdict",
    ]);
    for setting in settings {
        for run in &setting.runs {
            let (complete, all) = run.progress();
            let measured: Vec<f64> = run.iterations.iter().filter_map(|row| row.pass_at_1).collect();
            table.push(vec![
                Cell::text(&setting.letter),
                Cell::text(&setting.name),
                Cell::text(run.name()),
                Cell::text(or_dash(run.setting("/seed").and_then(Value::as_u64), |seed| {
                    seed.to_string()
                })),
                Cell::text(format!("{complete}/{all}")),
                Cell::text(or_dash(measured.first().copied(), percent)),
                Cell::text(last(run, &measured)),
                Cell::text(duration(run.seconds())),
                Cell::verdict(findings::worst(&run.findings), ""),
            ]);
        }
    }
    for head in &mut table.header {
        head.number |= head.text == "at last";
    }
    if settings.len() == 1 {
        table.header.drain(..2);
        table.rows.iter_mut().for_each(|row| drop(row.drain(..2)));
    }
    table
}

/// The last Pass@1 with its interval.
fn last(run: &Run, measured: &[f64]) -> String {
    let row = run.iterations.iter().rfind(|row| row.pass_at_1.is_some());
    let ends = row.and_then(|row| row.pass_at_1_low.zip(row.pass_at_1_high));
    match (measured.last(), ends) {
        (Some(&value), Some((low, high))) => {
            format!("{} ({:.1}-{:.1})", percent(value), 100.0 * low, 100.0 * high)
        }
        (value, _) => or_dash(value.copied(), percent),
    }
}

/// The keys in which settings differ, with the value of each.
fn differences(settings: &[Setting]) -> Table {
    let values: Vec<_> = settings
        .iter()
        .map(|setting| setting.first().map(semantic).unwrap_or_default())
        .collect();
    let keys: BTreeSet<&String> = values.iter().flat_map(|values| values.keys()).collect();
    let mut table = Table::new(["setting differs in"]);
    table
        .header
        .extend(Table::new(settings.iter().map(|setting| setting.letter.clone())).header);
    for key in keys {
        let of: Vec<Option<&Value>> = values.iter().map(|values| values.get(key)).collect();
        if of.windows(2).any(|pair| pair[0] != pair[1]) {
            let mut row = vec![Cell::toned(key, "code")];
            row.extend(of.into_iter().map(|value| Cell::toned(or_dash(value, shown), "code")));
            table.push(row);
        }
    }
    table
}
