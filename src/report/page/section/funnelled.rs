//! From candidates to the instructions that were trained on.

use crate::report::funnel::FunnelRow;
use crate::report::page::block::{Cell, Section, Table};
use crate::report::page::chart::Part;
use crate::report::page::setting::Setting;

/// The filter's reasons to drop a candidate, in the order of its rules.
const RULES: [&str; 7] = [
    "duplicate",
    "too_short",
    "too_long",
    "keyword",
    "prefix",
    "too_similar",
    "surplus",
];
/// The reasons of the difficulty filter not to train on an instruction.
const DIFFICULTY: [&str; 3] = ["too_hard", "too_easy", "no_majority"];

/// The section.
pub fn section(settings: &[Setting]) -> Section {
    let section = Section::new("funnel", "From candidates to training");
    let rows = || {
        settings
            .iter()
            .flat_map(|setting| &setting.runs)
            .flat_map(|run| &run.funnel)
    };
    if rows().all(|row| row.candidates.is_none() && row.voted.is_none()) {
        return section.noting("Missing: nothing was filtered or voted on yet.");
    }
    let mut section = section.with(table(settings).block());
    if rows().all(|row| row.candidates.is_none()) {
        section = section.noting("Instructions were not generated: the runs train on their seeds.");
    } else {
        section = section.noting(
            "Bars: trained on, voted on but not trained on, and dropped by the filter. `surplus` passed every rule, \
             but `filter.max_kept` was reached.",
        );
    }
    if settings.iter().any(|setting| setting.runs.len() > 1) {
        section = section.noting("Numbers are means over the runs of a setting.");
    }
    section
}

fn table(settings: &[Setting]) -> Table {
    let rows = || {
        settings
            .iter()
            .flat_map(|setting| &setting.runs)
            .flat_map(|run| &run.funnel)
    };
    let rules: Vec<&str> = RULES
        .into_iter()
        .filter(|name| rows().any(|row| row.decided.contains_key(*name)))
        .collect();
    let hard: Vec<&str> = DIFFICULTY
        .into_iter()
        .filter(|name| rows().any(|row| row.difficulty.contains_key(*name)))
        .collect();
    let lettered = settings.len() > 1;
    let dropped = |name: &&str| format!("#−\u{a0}{}", name.replace('_', " "));
    let mut header: Vec<String> = if lettered { vec![String::new()] } else { Vec::new() };
    let written = rows().any(|row| row.candidates.is_some());
    header.extend(["#iteration", ""].map(String::from));
    header.extend(written.then(|| "#candidates".to_owned()));
    header.extend(rules.iter().map(dropped));
    header.extend(written.then(|| "#kept".to_owned()));
    header.push("#voted on".to_owned());
    header.extend(hard.iter().map(dropped));
    header.push("#trained on".to_owned());
    let mut table = Table::new(header);
    for setting in settings {
        for iteration in setting.iterations().into_iter().filter(|&iteration| iteration > 0) {
            let mean = |figure: &dyn Fn(&FunnelRow) -> Option<usize>| {
                let of = setting.pooled(|run| {
                    let row = run.funnel.iter().find(|row| row.iteration == iteration)?;
                    Some(figure(row)? as f64)
                });
                of.map(|of| of.mean)
            };
            let by = |name: &str| mean(&|row| row.candidates.map(|_| row.decided.get(name).copied().unwrap_or(0)));
            let easy = |name: &str| mean(&|row| row.selected().map(|_| row.difficulty.get(name).copied().unwrap_or(0)));
            let (candidates, voted, selected) = (
                mean(&|row| row.candidates),
                mean(&|row| row.voted),
                mean(&FunnelRow::selected),
            );
            let mut cells: Vec<Cell> = if lettered {
                vec![Cell::text(&setting.letter)]
            } else {
                Vec::new()
            };
            cells.extend([Cell::text(iteration.to_string()), bar(candidates, voted, selected)]);
            cells.extend(written.then(|| counted(candidates)));
            cells.extend(rules.iter().map(|name| counted(by(name))));
            cells.extend(written.then(|| counted(mean(&FunnelRow::kept))));
            cells.push(counted(voted));
            cells.extend(hard.iter().map(|name| counted(easy(name))));
            cells.push(counted(selected));
            table.push(cells);
        }
    }
    table
}

/// A count, or a mean of counts.
fn counted(count: Option<f64>) -> Cell {
    Cell::text(match count {
        None => "-".to_owned(),
        Some(count) if count.fract() == 0.0 => format!("{count:.0}"),
        Some(count) => format!("{count:.1}"),
    })
}

fn bar(candidates: Option<f64>, voted: Option<f64>, selected: Option<f64>) -> Cell {
    let voted = voted.unwrap_or(0.0);
    let whole = candidates.unwrap_or(voted).max(voted).max(1.0);
    let selected = selected.unwrap_or(0.0);
    let parts = [
        (selected, "strong"),
        (voted - selected, "soft"),
        (whole - voted, "faint"),
    ];
    let parts = parts.map(|(count, tone)| Part {
        share: count / whole,
        tone,
    });
    Cell::bar(&format!("{selected:.0} of {whole:.0} trained on"), &parts)
}
