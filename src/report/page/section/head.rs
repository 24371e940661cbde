//! The title of a report, and the facts about its runs.

use anyhow::Result;
use serde_json::Value;

use super::parameters;
use crate::progress::duration;
use crate::report::page::block::Legend;
use crate::report::page::run::Run;
use crate::report::page::setting::Setting;
use crate::report::tables::{SEEDS, TRAINED_SEEDS};

/// What the report is about.
pub fn title(settings: &[Setting]) -> String {
    match settings {
        [one] if one.runs.len() == 1 => format!("Run {}", one.name),
        [one] => format!("{}: {} runs", one.name, one.runs.len()),
        several => {
            let names: Vec<&str> = several.iter().map(|setting| setting.name.as_str()).collect();
            match names.as_slice() {
                [first, second, third, _, ..] => {
                    format!("{first}, {second}, {third} and {} more settings", names.len() - 3)
                }
                few => few.join(" and "),
            }
        }
    }
}

/// How the lines of the settings look; nothing for a single one.
pub fn legend(settings: &[Setting]) -> Vec<Legend> {
    if settings.len() < 2 {
        return Vec::new();
    }
    let entry = |setting: &Setting| Legend {
        letter: setting.letter.clone(),
        colour: setting.colour % super::super::chart::COLOURS,
        text: match setting.runs.len() {
            1 => setting.name.clone(),
            n => format!("{} ({n} runs)", setting.name),
        },
    };
    settings.iter().map(entry).collect()
}

/// What the runs have in common, each once.
///
/// # Errors
/// A table that cannot be read.
pub fn facts(settings: &[Setting]) -> Result<Vec<String>> {
    let mut columns: Vec<Vec<String>> = Vec::new();
    for run in settings.iter().flat_map(|setting| &setting.runs) {
        for (column, fact) in of_run(run)?.into_iter().enumerate() {
            columns.resize_with(columns.len().max(column + 1), Vec::new);
            if !fact.is_empty() && !columns[column].contains(&fact) {
                columns[column].push(fact);
            }
        }
    }
    let told = |facts: Vec<String>| match facts.as_slice() {
        [] => None,
        few if few.len() <= 3 => Some(few.join(", ")),
        many => Some(format!("{}, … {}", many[0], many[many.len() - 1])),
    };
    let mut facts: Vec<String> = columns.into_iter().filter_map(told).collect();
    let runs = || settings.iter().flat_map(|setting| &setting.runs);
    facts.push(duration(runs().map(Run::seconds).sum()));
    let (complete, all) = runs()
        .map(Run::progress)
        .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    facts.push(format!("{complete} of {all} nodes complete"));
    let stale: usize = runs().map(|run| run.record.stale.len()).sum();
    if stale > 0 {
        facts.push(format!(
            "{stale} of them stale: made with other settings than those shown below"
        ));
    }
    Ok(facts)
}

/// Facts about a run, always in the same places; an empty one is not known.
fn of_run(run: &Run) -> Result<[String; 7]> {
    let text = |pointer: &str| {
        run.setting(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let count = |pointer: &str| run.setting(pointer).and_then(Value::as_u64);
    let seeds = match run.stored.input(&SEEDS)? {
        Some(seeds) => Some(seeds.height()),
        None => run.stored.input(&TRAINED_SEEDS)?.map(|seeds| seeds.height()),
    };
    let manifests = || run.stored.nodes().iter().map(|node| node.manifest());
    let device = manifests().next_back().map(|manifest| manifest.device.clone());
    let version = manifests()
        .next_back()
        .and_then(|manifest| manifest.versions.get("serl").cloned());
    let rounds = match count("/rounds") {
        Some(1) | None => String::new(),
        Some(rounds) => format!(" × {rounds} rounds"),
    };
    let or_nothing = |value: Option<String>| value.unwrap_or_default();
    Ok([
        text("/model/path"),
        or_nothing(parameters::of(run).map(parameters::told)),
        or_nothing(seeds.map(|seeds| format!("{seeds} seeds"))),
        or_nothing(count("/iterations").map(|iterations| format!("{iterations} iterations{rounds}"))),
        or_nothing(count("/seed").map(|seed| format!("seed {seed}"))),
        or_nothing(device),
        or_nothing(version.map(|version| format!("serl {version}"))),
    ])
}
