//! How far the instructions drift from the seeds.

use serde_json::Value;

use crate::report::drift::{DriftRow, cell, names};
use crate::report::page::block::{Cell, Section, Table};
use crate::report::page::run::Run;
use crate::report::page::setting::Setting;

/// What statistics mean. Those of words are of the kept instructions; cosines compare meanings.
const MEANINGS: [(&str, &str); 21] = [
    ("candidates", "instructions written"),
    ("kept", "instructions kept"),
    ("duplicate_rate", "candidates that repeat another one"),
    ("seed_rouge_l_mean", "ROUGE-L with the nearest seed, mean"),
    ("seed_rouge_l_max", "ROUGE-L with the nearest seed, largest"),
    ("words_mean", "words of an instruction"),
    ("seed_words_mean", "words of a seed"),
    ("distinct_1", "different words, as a share of all"),
    ("distinct_2", "different pairs of words, as a share of all"),
    ("new_words_share", "words of the vocabulary that no seed has"),
    ("jensen_shannon", "divergence of word frequencies from the seeds, bits"),
    ("seed_cosine_mean", "cosine with the nearest seed, mean"),
    ("seed_cosine_q1", "the same, first quartile"),
    ("seed_cosine_median", "the same, median"),
    ("seed_cosine_q3", "the same, third quartile"),
    ("centroid_cosine_mean", "cosine with the mean of the seeds"),
    ("coverage", "cosine of each seed with the nearest instruction"),
    ("frechet", "distance between the two distributions"),
    ("diversity", "1 less the mean cosine between instructions"),
    ("seed_diversity", "1 less the mean cosine between seeds"),
    ("novelty", "1 less the cosine with the nearest earlier instruction"),
];

/// What a statistic means.
fn meaning(name: &str) -> Cell {
    let found = MEANINGS.iter().find(|(known, _)| *known == name);
    Cell::text(found.map_or("", |(_, meaning)| meaning))
}

/// The section.
pub fn section(settings: &[Setting]) -> Section {
    let section = Section::new("drift", "Drift from the seeds");
    let rows: Vec<DriftRow> = settings
        .iter()
        .flat_map(|setting| &setting.runs)
        .flat_map(|run| run.drift.clone())
        .collect();
    if rows.is_empty() {
        return section.noting(
            "Missing: no instructions were generated and filtered. A run of `instructions = \"seeds\"` writes none.",
        );
    }
    let names = names(&rows);
    let table = match settings {
        [one] => of_one(one, &names),
        several => of_several(several, &names),
    };
    let mut section = section.with(table.block());
    if !names.iter().any(|name| name.contains("cosine")) {
        section = section.noting("Missing: distances in meaning, which `drift.enabled=true` measures.");
    }
    if settings.iter().any(|setting| setting.runs.len() > 1) {
        section = section.noting("Values are means over the runs of a setting.");
    }
    section
}

/// The mean of a statistic over the runs of a setting.
fn value(setting: &Setting, iteration: u32, name: &str) -> Option<f64> {
    let of = |run: &Run| {
        let row = run.drift.iter().find(|row| row.iteration == iteration)?;
        row.statistics.get(name)?.as_f64()
    };
    setting.pooled(of).map(|of| of.mean)
}

fn values(setting: &Setting, name: &str) -> Vec<(u32, Option<f64>)> {
    let written = setting.iterations().into_iter().filter(|&iteration| iteration > 0);
    written
        .map(|iteration| (iteration, value(setting, iteration, name)))
        .collect()
}

fn spark(name: &str, values: &[(u32, Option<f64>)]) -> Cell {
    let values: Vec<f64> = values.iter().map(|(_, value)| value.unwrap_or(f64::NAN)).collect();
    Cell::spark(name, &values)
}

fn told(value: Option<f64>) -> Cell {
    Cell::text(cell(value.map(Value::from).as_ref()))
}

/// A column per iteration.
fn of_one(setting: &Setting, names: &[&String]) -> Table {
    let iterations = setting.iterations().into_iter().filter(|&iteration| iteration > 0);
    let header = ["statistic", "", "what it is"].map(String::from).into_iter();
    let mut table = Table::new(header.chain(iterations.map(|iteration| format!("#iteration {iteration}"))));
    for name in names {
        let values = values(setting, name);
        let mut row = vec![Cell::toned(*name, "code"), spark(name, &values), meaning(name)];
        row.extend(values.iter().map(|(_, value)| told(*value)));
        table.push(row);
    }
    table
}

/// The first and the last value of each setting.
fn of_several(settings: &[Setting], names: &[&String]) -> Table {
    let columns = settings.iter().flat_map(|setting| {
        let letter = &setting.letter;
        [
            format!("{letter} course"),
            format!("#{letter} first"),
            format!("#{letter} last"),
        ]
    });
    let mut table = Table::new(["statistic", "what it is"].map(String::from).into_iter().chain(columns));
    for name in names {
        let mut row = vec![Cell::toned(*name, "code"), meaning(name)];
        for setting in settings {
            let values = values(setting, name);
            let known = || values.iter().filter_map(|(_, value)| *value);
            row.extend([spark(name, &values), told(known().next()), told(known().next_back())]);
        }
        table.push(row);
    }
    table
}
