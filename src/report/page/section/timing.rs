//! Where the time went, and how many tokens a second were sampled and trained on.

use std::collections::BTreeMap;

use serl_stages::registry::stage_names;

use crate::progress::duration;
use crate::report::page::block::{Block, Cell, Section, Table};
use crate::report::page::chart::Part;
use crate::report::page::run::Run;
use crate::report::page::setting::Setting;
use crate::report::show::{number, percent};

/// Runs whose nodes are listed one by one.
const LISTED: usize = 1;

/// The section.
pub fn section(settings: &[Setting]) -> Section {
    let section = Section::new("timing", "Time");
    let runs: Vec<&Run> = settings.iter().flat_map(|setting| &setting.runs).collect();
    if runs.iter().all(|run| run.stored.nodes().is_empty()) {
        return section.noting("Missing: no node is complete yet.");
    }
    let mut section = section.with(by_stage(settings).block());
    section = section.noting(
        "Seconds are those of the attempts that completed the nodes, whenever that was. Tokens are response tokens, \
         sampled or trained on.",
    );
    if settings.iter().any(|setting| setting.runs.len() > 1) {
        section = section.noting("Numbers are means over the runs of a setting.");
    }
    if runs.len() <= LISTED {
        section = section.with(Block::Fold {
            summary: "Every node".to_owned(),
            blocks: runs.iter().map(|run| by_node(run).block()).collect(),
        });
    }
    section
}

#[derive(Default)]
struct Sum {
    nodes: f64,
    seconds: f64,
    tokens: Option<f64>,
}

fn sums(run: &Run) -> BTreeMap<&str, Sum> {
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for node in &run.timing {
        let sum = sums.entry(node.stage.as_str()).or_default();
        sum.nodes += 1.0;
        sum.seconds += node.seconds;
        if let Some(tokens) = node.tokens {
            *sum.tokens.get_or_insert(0.0) += tokens as f64;
        }
    }
    sums
}

fn by_stage(settings: &[Setting]) -> Table {
    let mut header: Vec<&str> = if settings.len() > 1 { vec![""] } else { Vec::new() };
    header.extend(["stage", "#nodes", "#seconds", "#share", "", "#tokens", "#tokens/s"]);
    let mut table = Table::new(header);
    for setting in settings {
        let sums: Vec<BTreeMap<&str, Sum>> = setting.runs.iter().map(sums).collect();
        let runs = sums.len().max(1) as f64;
        let all: f64 = sums.iter().flat_map(|sums| sums.values()).map(|sum| sum.seconds).sum();
        for stage in stage_names() {
            let of: Vec<&Sum> = sums.iter().filter_map(|sums| sums.get(stage)).collect();
            if of.is_empty() {
                continue;
            }
            let seconds: f64 = of.iter().map(|sum| sum.seconds).sum();
            let tokens: f64 = of.iter().filter_map(|sum| sum.tokens).sum();
            let share = seconds / all.max(f64::MIN_POSITIVE);
            let mut row: Vec<Cell> = Vec::new();
            if settings.len() > 1 {
                row.push(Cell::text(&setting.letter));
            }
            row.extend([
                Cell::text(stage),
                Cell::text(number(of.iter().map(|sum| sum.nodes).sum::<f64>() / runs, 0)),
                Cell::text(number(seconds / runs, 1)),
                Cell::text(percent(share)),
                Cell::bar(
                    &percent(share),
                    &[
                        Part { share, tone: "strong" },
                        Part {
                            share: 1.0 - share,
                            tone: "faint",
                        },
                    ],
                ),
            ]);
            row.extend(rate(tokens / runs, seconds / runs));
            table.push(row);
        }
    }
    table
}

/// Tokens, and tokens per second.
fn rate(tokens: f64, seconds: f64) -> [Cell; 2] {
    if tokens <= 0.0 {
        return ["-", "-"].map(Cell::text);
    }
    [grouped(tokens), grouped(tokens / seconds.max(1e-9))].map(Cell::from)
}

fn by_node(run: &Run) -> Table {
    let mut table = Table::new(["node", "#seconds", "#share", "", "#tokens", "#tokens/s"]);
    let seconds = run.timing.iter().map(|node| node.seconds);
    let longest = seconds.fold(f64::MIN_POSITIVE, f64::max);
    for node in &run.timing {
        let share = node.seconds / longest;
        let mut row = vec![
            Cell::toned(format!("{}/{}", node.iteration, node.turn()), "code"),
            Cell::text(number(node.seconds, 2)),
            Cell::text(percent(node.share)),
            Cell::bar(
                &duration(node.seconds),
                &[
                    Part { share, tone: "strong" },
                    Part {
                        share: 1.0 - share,
                        tone: "faint",
                    },
                ],
            ),
        ];
        row.extend(rate(node.tokens.unwrap_or(0) as f64, node.seconds));
        table.push(row);
    }
    table
}

/// A whole number, its thousands apart.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        assert_eq!(
            [7.0, 999.6, 36_300.0, 1_234_567.0].map(grouped),
            ["7", "1,000", "36,300", "1,234,567"]
        );
    }
}
