//! Held-out results of one policy, beside those of the policy that the run began with.

use std::collections::BTreeSet;

use serl_artifacts::tables::EvalSummary;

use crate::report::page::block::{Cell, Section, Table};
use crate::report::page::run::Run;
use crate::report::page::section::{METRICS, Metric, row};
use crate::report::show::percent;

/// A figure of a benchmark.
pub struct Measured {
    /// The benchmark.
    pub benchmark: String,
    /// The figure, such as `Pass@16`.
    pub metric: String,
    /// Problems that it is of.
    pub problems: usize,
    /// Value and 95 % interval before the first iteration, as shares.
    pub before: Option<(f64, f64, f64)>,
    /// Value and 95 % interval, as shares.
    pub value: (f64, f64, f64),
}

/// What was measured in `iteration`.
pub fn of(run: &Run, iteration: u32) -> Vec<Measured> {
    let mut seen = BTreeSet::new();
    let benchmarks = run.eval.iter().map(|row| row.benchmark.as_str());
    let benchmarks: Vec<&str> = benchmarks.filter(|name| seen.insert(*name)).collect();
    let figures = |benchmark: &&str| {
        let figure = |metric: &Metric| {
            let at = |iteration| row(run, Some(benchmark), iteration, metric.sampled);
            let found: &EvalSummary = at(iteration)?;
            Some(Measured {
                benchmark: (*benchmark).to_owned(),
                metric: if metric.sampled {
                    format!("{}@{}", metric.name, found.k)
                } else {
                    metric.name.to_owned()
                },
                problems: found.n as usize,
                before: at(0).filter(|_| iteration > 0).map(|row| (metric.of)(row)),
                value: (metric.of)(found),
            })
        };
        METRICS.iter().filter_map(figure).collect::<Vec<_>>()
    };
    benchmarks.iter().flat_map(figures).collect()
}

/// The section.
pub fn section(results: &[Measured]) -> Section {
    let section = Section::new("results", "Results");
    if results.is_empty() {
        return section.noting("This policy was not measured.");
    }
    let mut table = Table::new(["benchmark", "figure", "#problems", "#before SeRL", "#this policy"]);
    let told = |(value, low, high): (f64, f64, f64)| format!("{} ({}-{})", percent(value), bare(low), bare(high));
    for result in results {
        table.push(vec![
            Cell::text(&result.benchmark),
            Cell::text(&result.metric),
            Cell::text(result.problems.to_string()),
            Cell::text(result.before.map_or_else(|| "-".to_owned(), told)),
            Cell::text(told(result.value)),
        ]);
    }
    section.with(table.block()).noting(
        "In brackets: 95% intervals. Pass@1 is of the greedy answer; the other figures are of as many samples per \
         problem as they say: whether any is right (Pass), whether the most common answer is (Maj), and the share that \
         is (Avg).",
    )
}

fn bare(share: f64) -> String {
    percent(share).trim_end_matches('%').to_owned()
}
