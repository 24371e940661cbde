//! Held-out accuracy by iteration.

use serl_artifacts::tables::EvalSummary;

use super::series::{Measured, figure, line};
use crate::report::ReportRow;
use crate::report::page::block::{Block, Cell, Figure, Section, Table};
use crate::report::page::chart::{Axis, Line, Unit};
use crate::report::page::run::Run;
use crate::report::page::setting::Setting;

/// A figure of a row with its interval.
pub struct Metric {
    /// Its name, without its k.
    pub name: &'static str,
    /// Whether it is of sampled responses.
    pub sampled: bool,
    /// Its value and the ends of its 95 % interval, as shares.
    pub of: fn(&EvalSummary) -> (f64, f64, f64),
}

/// The figures, in their order.
pub const METRICS: [Metric; 4] = [
    Metric {
        name: "Pass@1",
        sampled: false,
        of: |row| (row.pass_at_1, row.pass_at_1_low, row.pass_at_1_high),
    },
    Metric {
        name: "Pass",
        sampled: true,
        of: |row| (row.pass_at_k, row.pass_at_k_low, row.pass_at_k_high),
    },
    Metric {
        name: "Maj",
        sampled: true,
        of: |row| (row.maj_at_k, row.maj_at_k_low, row.maj_at_k_high),
    },
    Metric {
        name: "Avg",
        sampled: true,
        of: |row| (row.avg_at_k, row.avg_at_k_low, row.avg_at_k_high),
    },
];

/// The section.
pub fn section(settings: &[Setting]) -> Section {
    let section = Section::new("accuracy", "Held-out accuracy");
    let benchmarks = benchmarks(settings);
    if benchmarks.is_empty() {
        return section
            .noting("Missing: no policy was measured. Set `eval.path` to held-out problems and repeat the run.");
    }
    let figures: Vec<Figure> = benchmarks
        .iter()
        .flat_map(|name| charts(settings, name, benchmarks.len() > 1))
        .collect();
    let mut section = section.with(Block::Figures { figures });
    if settings.len() > 1 {
        for benchmark in &benchmarks {
            let prefix = if benchmarks.len() > 1 {
                format!("{benchmark}: ")
            } else {
                String::new()
            };
            section = section.noting(format!("{prefix}{}", caption(settings, benchmark)));
        }
    }
    for text in unmeasured(settings) {
        section = section.noting(text);
    }
    match settings {
        [one] if one.runs.len() == 1 => section.with(Block::Fold {
            summary: "All figures with their intervals".to_owned(),
            blocks: vec![rows(&one.runs[0]).block()],
        }),
        _ => section,
    }
}

/// The benchmarks of all runs, in order.
fn benchmarks(settings: &[Setting]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for row in settings
        .iter()
        .flat_map(|setting| &setting.runs)
        .flat_map(|run| &run.eval)
    {
        if !names.contains(&row.benchmark) {
            names.push(row.benchmark.clone());
        }
    }
    names
}

/// The row of all problems of a benchmark: of those that were sampled, or of all.
pub fn row<'r>(run: &'r Run, benchmark: Option<&str>, iteration: u32, sampled: bool) -> Option<&'r EvalSummary> {
    let mut rows = run
        .eval
        .iter()
        .filter(|row| row.iteration == iteration && row.group == "all");
    let of = |row: &&EvalSummary| benchmark.is_none_or(|name| row.benchmark == name);
    if sampled {
        rows.find(|row| of(row) && row.k > 0)
    } else {
        rows.find(|row| of(row) && !row.sampled)
    }
}

/// One chart of all figures for one setting; for several, one chart for each figure.
fn charts(settings: &[Setting], benchmark: &str, named: bool) -> Vec<Figure> {
    let prefix = if named { format!("{benchmark}: ") } else { String::new() };
    let caption = caption(settings, benchmark);
    let of = |setting: &Setting, metric: &Metric, colour: usize, labelled: bool| -> Option<Line> {
        let name = label(settings, benchmark, metric);
        let measured = |run: &Run, iteration: u32| -> Option<Measured> {
            let (value, low, high) = (metric.of)(row(run, Some(benchmark), iteration, metric.sampled)?);
            Some((value, Some((low, high))))
        };
        line(
            setting,
            if labelled { &name } else { "" },
            colour,
            Unit::Share,
            measured,
        )
    };
    if let [one] = settings {
        let lines = METRICS.iter().enumerate().filter_map(|(colour, metric)| {
            let mut line = of(one, metric, colour, true)?;
            // Four bands would hide each other.
            if colour > 0 && one.runs.len() == 1 {
                line.points.iter_mut().for_each(|point| point.ends = None);
            }
            Some(line)
        });
        let title = format!("{prefix}Accuracy by iteration");
        return figure(
            &title,
            caption,
            lines.collect(),
            Axis::share("share of problems"),
            (500.0, 310.0),
        )
        .into_iter()
        .collect();
    }
    let chart = |metric: &Metric| {
        let lines = settings
            .iter()
            .filter_map(|setting| of(setting, metric, setting.colour, false))
            .collect();
        let title = format!("{prefix}{}", label(settings, benchmark, metric));
        figure(
            &title,
            String::new(),
            lines,
            Axis::share("share of problems"),
            (420.0, 260.0),
        )
    };
    METRICS.iter().filter_map(chart).collect()
}

/// The name of a figure, with its k.
fn label(settings: &[Setting], benchmark: &str, metric: &Metric) -> String {
    if !metric.sampled {
        return metric.name.to_owned();
    }
    let rows = settings
        .iter()
        .flat_map(|setting| &setting.runs)
        .flat_map(|run| &run.eval);
    let k = rows
        .filter(|row| row.benchmark == benchmark)
        .map(|row| row.k)
        .find(|&k| k > 0);
    k.map_or_else(|| format!("{}@k", metric.name), |k| format!("{}@{k}", metric.name))
}

fn caption(settings: &[Setting], benchmark: &str) -> String {
    let rows = settings
        .iter()
        .flat_map(|setting| &setting.runs)
        .flat_map(|run| &run.eval);
    let mut rows = rows.filter(|row| row.benchmark == benchmark && row.group == "all");
    let all = rows.clone().find(|row| !row.sampled).map_or(0, |row| row.n);
    let sampled = rows.find(|row| row.k > 0);
    let single = settings.iter().all(|setting| setting.runs.len() == 1);
    let band = if single { ", with its 95% interval" } else { "" };
    let first = format!("Pass@1 is of the greedy answers to {all} problems{band}.");
    match sampled {
        Some(row) if row.n < all => format!(
            "{first} The other figures are of {} samples for each of {} of these problems.",
            row.k, row.n
        ),
        Some(row) => format!("{first} The other figures are of {} samples for each.", row.k),
        None => first,
    }
}

/// Which iterations were not measured.
fn unmeasured(settings: &[Setting]) -> Vec<String> {
    let runs = settings.iter().flat_map(|setting| &setting.runs);
    let missing = runs.filter_map(|run| {
        let measured = run.measured();
        let missing = run
            .stored
            .iterations()
            .into_iter()
            .filter(|iteration| !measured.contains(iteration));
        let missing: Vec<String> = missing.map(|iteration| iteration.to_string()).collect();
        let which = match missing.as_slice() {
            [] => return None,
            [one] => format!("iteration {one}"),
            several => format!("iterations {}", several.join(", ")),
        };
        Some(format!(
            "Missing: {which} of run {} {} not measured.",
            run.name(),
            if missing.len() == 1 { "was" } else { "were" }
        ))
    });
    missing.collect()
}

/// The rows of all problems, as `serl inspect eval` prints them.
fn rows(run: &Run) -> Table {
    let rows: Vec<EvalSummary> = run.eval.iter().filter(|row| row.group == "all").cloned().collect();
    let mut table = Table::new(EvalSummary::header(&rows).into_iter().map(|name| format!("#{name}")));
    for row in &rows {
        table.push(row.cells().into_iter().map(Cell::from).collect());
    }
    for head in table
        .header
        .iter_mut()
        .filter(|head| matches!(head.text.as_str(), "benchmark" | "group"))
    {
        head.number = false;
    }
    table
}
