//! Results on held-out problems, one row per iteration, benchmark and group.

use anyhow::Result;
use serde::Serialize;
use serl_artifacts::tables::EvalSummary;

use super::{Row, Run, percent};

/// One group of problems, measured with one policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvalRow {
    /// Iteration of the policy; 0 is the untouched one.
    pub iteration: u32,
    /// Name of the benchmark.
    pub benchmark: String,
    /// `all`, or a subject or level.
    pub group: String,
    /// Problems.
    pub n: u32,
    /// Samples per problem.
    pub k: u32,
    /// Share answered right by the greedy response.
    pub pass_at_1: f64,
    /// Lower end of its 95 % Wilson interval.
    pub pass_at_1_low: f64,
    /// Upper end.
    pub pass_at_1_high: f64,
    /// Mean share of right samples.
    pub avg_at_k: f64,
    /// Share with at least one right sample.
    pub pass_at_k: f64,
    /// Share whose majority answer is right.
    pub maj_at_k: f64,
    /// Share of responses that held an answer.
    pub parsed: f64,
}

impl From<EvalSummary> for EvalRow {
    fn from(summary: EvalSummary) -> Self {
        Self {
            iteration: summary.iteration,
            benchmark: summary.benchmark,
            group: summary.group,
            n: summary.n,
            k: summary.k,
            pass_at_1: summary.pass_at_1,
            pass_at_1_low: summary.pass_at_1_low,
            pass_at_1_high: summary.pass_at_1_high,
            avg_at_k: summary.avg_at_k,
            pass_at_k: summary.pass_at_k,
            maj_at_k: summary.maj_at_k,
            parsed: summary.parsed_share,
        }
    }
}

const NUMBERS: [&str; 9] = [
    "n",
    "k",
    "pass_at_1",
    "pass_at_1_low",
    "pass_at_1_high",
    "avg_at_k",
    "pass_at_k",
    "maj_at_k",
    "parsed_share",
];

/// The rows of a run.
///
/// # Errors
/// A table that cannot be read.
pub fn rows(run: &Run) -> Result<Vec<EvalRow>> {
    let mut rows = Vec::new();
    for node in run.nodes().iter().filter(|node| node.stage == "evaluate") {
        rows.extend(of_iteration(run, node.iteration)?);
    }
    Ok(rows)
}

/// The rows of one iteration, that of all problems first; none if it was not measured.
pub(super) fn of_iteration(run: &Run, iteration: u32) -> Result<Vec<EvalRow>> {
    let columns = [["benchmark", "group"].as_slice(), &NUMBERS].concat();
    let Some(table) = run.table(iteration, "evaluate", None, "eval_summary.parquet", &columns)? else {
        return Ok(Vec::new());
    };
    let mut numbers = Vec::new();
    for name in NUMBERS {
        numbers.push(table.numbers(name)?);
    }
    let names = table.texts("benchmark")?.into_iter().zip(table.texts("group")?);
    let row = |(row, (benchmark, group)): (usize, (String, String))| {
        let at = |column: usize| numbers[column][row];
        EvalRow {
            iteration,
            benchmark,
            group,
            n: at(0) as u32,
            k: at(1) as u32,
            pass_at_1: at(2),
            pass_at_1_low: at(3),
            pass_at_1_high: at(4),
            avg_at_k: at(5),
            pass_at_k: at(6),
            maj_at_k: at(7),
            parsed: at(8),
        }
    };
    Ok(names.enumerate().map(row).collect())
}

impl Row for EvalRow {
    fn header(rows: &[Self]) -> Vec<String> {
        let k = rows.first().map_or(0, |row| row.k);
        let at_k = |what: &str| {
            if k > 0 {
                format!("{what}@{k}")
            } else {
                format!("{what}@k")
            }
        };
        let mut header = ["iteration", "benchmark", "group", "n", "Pass@1", "95% interval"]
            .map(String::from)
            .to_vec();
        header.extend(["Avg", "Pass", "Maj"].map(at_k));
        header.push("parsed".to_owned());
        header
    }

    fn cells(&self) -> Vec<String> {
        let sampled = |share: f64| {
            if self.k > 0 { percent(share) } else { "-".to_owned() }
        };
        vec![
            self.iteration.to_string(),
            self.benchmark.clone(),
            self.group.clone(),
            self.n.to_string(),
            percent(self.pass_at_1),
            format!("{} - {}", percent(self.pass_at_1_low), percent(self.pass_at_1_high)),
            sampled(self.avg_at_k),
            sampled(self.pass_at_k),
            sampled(self.maj_at_k),
            percent(self.parsed),
        ]
    }
}
