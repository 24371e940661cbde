//! Results on held-out problems, one row per iteration, benchmark and group.

use anyhow::Result;
use serl_artifacts::tables::EvalSummary;

use super::show::{ReportRow, percent};
use super::stored::StoredRun;
use super::tables::RESULTS;

/// The rows of a run.
///
/// # Errors
/// A table that cannot be read.
pub fn rows(run: &StoredRun) -> Result<Vec<EvalSummary>> {
    let mut rows = Vec::new();
    for node in run.nodes_of(RESULTS.table.stage) {
        rows.extend(of_iteration(run, node.place.iteration)?);
    }
    Ok(rows)
}

/// The rows of one iteration, that of all problems first; none if it was not measured.
///
/// # Errors
/// A table that cannot be read.
pub(super) fn of_iteration(run: &StoredRun, iteration: u32) -> Result<Vec<EvalSummary>> {
    let results = run.frame_of(iteration, &RESULTS)?;
    results.map_or(Ok(Vec::new()), |results| results.rows())
}

/// A group of problems, measured with one policy. As JSON it has the columns of its table.
impl ReportRow for EvalSummary {
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
            percent(self.parsed_share),
        ]
    }
}
