//! Results on held-out problems, one row per iteration, benchmark and group.

use anyhow::Result;
use serl_artifacts::tables::{EvalCurve, EvalSummary};

use super::show::{ReportRow, percent};
use super::stored::StoredRun;
use super::tables::{CURVE, RESULTS};

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

/// Pass@1 on all problems of the first policy that was measured, and of the last one if that is another.
///
/// # Errors
/// A table that cannot be read.
pub fn first_and_last(run: &StoredRun) -> Result<(Option<f64>, Option<f64>)> {
    let mut measured = run.nodes_of(RESULTS.table.stage).map(|node| node.place.iteration);
    let pass_at_1 = |iteration: Option<u32>| {
        let rows = iteration.map(|iteration| of_iteration(run, iteration)).transpose()?;
        let whole = rows.iter().flatten().find(|row| row.group == "all" && !row.sampled);
        anyhow::Ok(whole.map(|row| row.pass_at_1))
    };
    let (first, last) = (measured.next(), measured.last());
    Ok((pass_at_1(first)?, pass_at_1(last)?))
}

/// The rows of one iteration, that of all problems first; none if it was not measured.
///
/// # Errors
/// A table that cannot be read.
pub(super) fn of_iteration(run: &StoredRun, iteration: u32) -> Result<Vec<EvalSummary>> {
    run.rows_of(iteration, &RESULTS)
}

/// Pass@k and Maj@k by k, one row per iteration, benchmark and k.
///
/// # Errors
/// A table that cannot be read.
pub fn curve(run: &StoredRun) -> Result<Vec<EvalCurve>> {
    let mut rows = Vec::new();
    for node in run.nodes_of(CURVE.table.stage) {
        rows.extend(run.rows_of::<EvalCurve>(node.place.iteration, &CURVE)?);
    }
    Ok(rows)
}

/// The ends of an interval of a share, in percent.
fn interval(low: f64, high: f64) -> String {
    format!("{:.1}-{:.1}", 100.0 * low, 100.0 * high)
}

/// A group of problems, measured with one policy. As JSON it has the columns of its table.
impl ReportRow for EvalSummary {
    fn header(rows: &[Self]) -> Vec<String> {
        let k = rows.iter().map(|row| row.k).find(|&k| k > 0);
        let at_k = |what: &str| match k {
            Some(k) => format!("{what}@{k}"),
            None => format!("{what}@k"),
        };
        let [avg, pass, maj] = ["Avg", "Pass", "Maj"].map(at_k);
        let interval = || "95%".to_owned();
        let mut header = ["iteration", "benchmark", "group", "n", "Pass@1"]
            .map(String::from)
            .to_vec();
        header.extend([interval(), avg, interval(), pass, interval(), maj, interval()]);
        header.extend(["ties", "parsed"].map(String::from));
        header
    }

    fn dispensable() -> &'static [&'static str] {
        &["ties", "parsed", "95%", "95%", "95%", "group", "95%"]
    }

    fn cells(&self) -> Vec<String> {
        let sampled = |text: String| if self.k > 0 { text } else { "-".to_owned() };
        let figure = |value, low, high| [sampled(percent(value)), sampled(interval(low, high))];
        let mut cells = vec![
            self.iteration.to_string(),
            self.benchmark.clone(),
            self.group.clone(),
            self.n.to_string(),
            percent(self.pass_at_1),
            interval(self.pass_at_1_low, self.pass_at_1_high),
        ];
        cells.extend(figure(self.avg_at_k, self.avg_at_k_low, self.avg_at_k_high));
        cells.extend(figure(self.pass_at_k, self.pass_at_k_low, self.pass_at_k_high));
        cells.extend(figure(self.maj_at_k, self.maj_at_k_low, self.maj_at_k_high));
        cells.extend([sampled(percent(self.tie_share)), percent(self.parsed_share)]);
        cells
    }
}

/// A point of a curve. As JSON it has the columns of its table.
impl ReportRow for EvalCurve {
    fn header(_: &[Self]) -> Vec<String> {
        ["iteration", "benchmark", "n", "k", "Pass@k", "95%", "Maj@k", "95%"]
            .map(String::from)
            .to_vec()
    }

    fn dispensable() -> &'static [&'static str] {
        &["95%", "95%", "benchmark"]
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.iteration.to_string(),
            self.benchmark.clone(),
            self.n.to_string(),
            self.k.to_string(),
            percent(self.pass_at_k),
            interval(self.pass_at_k_low, self.pass_at_k_high),
            percent(self.maj_at_k),
            interval(self.maj_at_k_low, self.maj_at_k_high),
        ]
    }
}
