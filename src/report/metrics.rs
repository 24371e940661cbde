//! The metrics of a run as its stream has them.

use serde::Serialize;

use super::show::{ReportRow, number, or_dash, percent};
use crate::events::{Ledger, Metrics, Row};

/// An optimizer step or a complete node.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricsRow {
    /// Optimizer steps of the run until then.
    pub global_step: u64,
    /// The node.
    pub node: String,
    /// Its stage.
    pub stage: String,
    /// Its iteration.
    pub iteration: u32,
    /// Its round, for stages that have rounds.
    pub round: Option<u32>,
    /// The step within the node, from 0; none for the node as a whole.
    pub step: Option<u32>,
    /// Seconds that the node took; none for a step.
    pub seconds: Option<f64>,
    /// What was measured.
    #[serde(flatten)]
    pub metrics: Metrics,
}

/// The rows of a run, in its order.
pub fn rows(ledger: &Ledger) -> Vec<MetricsRow> {
    let row = |row: Row<'_>| {
        let node = row.node();
        let (step, seconds) = match row {
            Row::Step(step) => (Some(step.step), None),
            Row::Node(complete) => (None, Some(complete.seconds)),
        };
        MetricsRow {
            global_step: row.global_step(),
            node: node.node.to_string(),
            stage: node.stage.clone(),
            iteration: node.iteration,
            round: node.round,
            step,
            seconds,
            metrics: row.metrics().clone(),
        }
    };
    ledger.rows().map(row).collect()
}

impl MetricsRow {
    /// Whether the table shows anything that was measured: nodes that only took time have nothing for it.
    pub fn is_shown(&self) -> bool {
        ["reward", "r_mean", "selected", "eval/pass@1"]
            .iter()
            .any(|name| self.metrics.contains_key(*name))
    }
}

impl ReportRow for MetricsRow {
    fn header(_: &[Self]) -> Vec<String> {
        [
            "global_step",
            "node",
            "step",
            "reward",
            "KL",
            "entropy",
            "loss",
            "grad_norm",
            "r_mean",
            "selected",
            "Pass@1",
        ]
        .map(String::from)
        .to_vec()
    }

    fn dispensable() -> &'static [&'static str] {
        &["grad_norm", "loss", "selected", "entropy", "step"]
    }

    fn cells(&self) -> Vec<String> {
        let of = |name: &str| self.metrics.get(name).copied();
        let figure = |name: &str, decimals| or_dash(of(name), |value| number(value, decimals));
        vec![
            self.global_step.to_string(),
            self.node.clone(),
            or_dash(self.step, |step| step.to_string()),
            figure("reward", 3),
            figure("kl", 4),
            figure("entropy", 3),
            figure("loss", 4),
            figure("grad_norm", 3),
            figure("r_mean", 3),
            or_dash(of("selected"), percent),
            or_dash(of("eval/pass@1"), percent),
        ]
    }
}
