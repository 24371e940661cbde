//! Pass@1 by subject and level, where a benchmark has them.

use crate::report::page::block::{Block, Cell, Section, Table};
use crate::report::page::setting::Setting;
use crate::report::show::{or_dash, percent};

/// The section; none without subjects and levels.
pub fn section(settings: &[Setting]) -> Option<Section> {
    let mut section = Section::new("groups", "Subjects and levels");
    for setting in settings {
        let table = table(setting);
        if table.rows.is_empty() {
            continue;
        }
        if !setting.letter.is_empty() {
            section = section.with(Block::Heading {
                text: format!("{} {}", setting.letter, setting.name),
            });
        }
        section = section.with(table.block());
    }
    let several = settings.iter().any(|setting| setting.runs.len() > 1);
    let what = if several {
        "Mean Pass@1 of the runs of a setting"
    } else {
        "Pass@1 with its 95% interval"
    };
    (!section.blocks.is_empty()).then(|| section.noting(format!("{what}, by iteration.")))
}

fn table(setting: &Setting) -> Table {
    let rows = || {
        setting
            .runs
            .iter()
            .flat_map(|run| &run.eval)
            .filter(|row| row.group != "all" && !row.sampled)
    };
    let mut groups: Vec<(&str, &str, u32)> = Vec::new();
    let mut iterations: Vec<u32> = rows().map(|row| row.iteration).collect();
    iterations.sort_unstable();
    iterations.dedup();
    for row in rows() {
        let group = (row.benchmark.as_str(), row.group.as_str(), row.n);
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    let header = ["benchmark", "group", "", "#problems"].map(String::from).into_iter();
    let mut table = Table::new(header.chain(iterations.iter().map(|iteration| format!("#iteration {iteration}"))));
    for (benchmark, name, n) in groups {
        let found = |iteration: u32| {
            let row =
                rows().find(|row| row.iteration == iteration && row.benchmark == benchmark && row.group == name)?;
            let mean = setting.pooled(|run| {
                let mut rows = run.eval.iter().filter(|row| !row.sampled && row.iteration == iteration);
                rows.find(|row| row.benchmark == benchmark && row.group == name)
                    .map(|row| row.pass_at_1)
            });
            Some((mean?.mean, row.pass_at_1_low, row.pass_at_1_high))
        };
        let values: Vec<Option<(f64, f64, f64)>> = iterations.iter().map(|&iteration| found(iteration)).collect();
        let course: Vec<f64> = values
            .iter()
            .map(|value| value.map_or(f64::NAN, |value| value.0))
            .collect();
        let mut row = vec![
            Cell::text(benchmark),
            Cell::text(name.replace('=', " ")),
            Cell::spark(name, &course),
            Cell::text(n.to_string()),
        ];
        let single = setting.runs.len() == 1;
        row.extend(values.into_iter().map(|value| {
            Cell::text(or_dash(value, |(mean, low, high)| match single {
                true => format!("{} ({:.1}-{:.1})", percent(mean), 100.0 * low, 100.0 * high),
                false => percent(mean),
            }))
        }));
        table.push(row);
    }
    table
}
