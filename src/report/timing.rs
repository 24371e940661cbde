//! Where the time of a run went, one row per node, or per iteration and stage.

use std::collections::HashMap;

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;
use serl_stages::{Stage, Train};

use super::show::{ReportRow, bytes, number, or_dash, percent};
use super::steps;
use super::stored::{StoredNode, StoredRun};

/// The time of one node.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NodeTiming {
    /// Iteration; 0 measures the untouched policy.
    pub iteration: u32,
    /// Stage.
    pub stage: String,
    /// Round, for the stages that have rounds.
    pub round: Option<u32>,
    /// Seconds of the attempt that completed it, whenever that was.
    pub seconds: f64,
    /// Its share in the run.
    pub share: f64,
    /// Response tokens that were sampled or trained on.
    pub tokens: Option<u64>,
    /// These per second.
    pub tokens_per_second: Option<f64>,
    /// Bytes of the outputs, those that were dropped included.
    pub bytes: u64,
    /// The device.
    pub device: String,
}

/// The time of all nodes of a stage in an iteration.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageTiming {
    /// Nodes.
    pub nodes: usize,
    /// Their sums, without a round; the device is that of the first one.
    #[serde(flatten)]
    pub time: NodeTiming,
}

/// A row for each node of a run, in the order in which they ran.
///
/// # Errors
/// A table that cannot be read.
pub fn nodes(run: &StoredRun) -> Result<Vec<NodeTiming>> {
    let mut trained: HashMap<(u32, Option<u32>), u64> = HashMap::new();
    for step in steps::rows(run)? {
        *trained.entry((step.log.iteration, Some(step.log.round))).or_default() += step.log.tokens;
    }
    let all = run.nodes().iter().map(|node| node.seconds).sum();
    let row = |node: &StoredNode| {
        let (place, manifest) = (&node.place, node.manifest());
        let tokens = match place.stage.as_str() {
            Train::NAME => trained.get(&(place.iteration, place.round)).copied(),
            _ => manifest.metrics.get("sampled_tokens").and_then(Value::as_u64),
        };
        let time = NodeTiming {
            iteration: place.iteration,
            stage: place.stage.clone(),
            round: place.round,
            seconds: node.seconds,
            share: 0.0,
            tokens,
            tokens_per_second: None,
            bytes: manifest.outputs.values().map(|output| output.bytes).sum(),
            device: manifest.device.clone(),
        };
        time.with_rates(all)
    };
    Ok(run.nodes().iter().map(row).collect())
}

/// A row for each iteration and stage, from those of its nodes.
pub fn stages(nodes: Vec<NodeTiming>) -> Vec<StageTiming> {
    let all = nodes.iter().map(|node| node.seconds).sum();
    let mut rows: Vec<StageTiming> = Vec::new();
    for node in nodes {
        let same = |row: &&mut StageTiming| (row.time.iteration, &row.time.stage) == (node.iteration, &node.stage);
        match rows.iter_mut().find(same) {
            Some(row) => {
                row.nodes += 1;
                row.time.add(&node);
            }
            None => rows.push(StageTiming {
                nodes: 1,
                time: NodeTiming { round: None, ..node },
            }),
        }
    }
    for row in &mut rows {
        row.time = row.time.clone().with_rates(all);
    }
    rows
}

impl NodeTiming {
    /// The stage and its round, as in `vote.0`.
    pub fn turn(&self) -> String {
        let round = self.round.map(|round| format!(".{round}"));
        format!("{}{}", self.stage, round.unwrap_or_default())
    }

    fn add(&mut self, other: &Self) {
        self.seconds += other.seconds;
        self.bytes += other.bytes;
        self.tokens = match (self.tokens, other.tokens) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
    }

    /// With its share of `all` seconds, and its tokens per second.
    fn with_rates(mut self, all: f64) -> Self {
        self.share = self.seconds / f64::max(all, f64::MIN_POSITIVE);
        let timed = self.tokens.filter(|_| self.seconds > 0.0);
        self.tokens_per_second = timed.map(|tokens| tokens as f64 / self.seconds);
        self
    }
}

impl ReportRow for NodeTiming {
    fn header(_: &[Self]) -> Vec<String> {
        ["iteration", "node", "seconds", "share", "tokens", "tokens/s", "written"]
            .map(String::from)
            .to_vec()
    }

    fn dispensable() -> &'static [&'static str] {
        &["written", "tokens"]
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.iteration.to_string(),
            self.turn(),
            number(self.seconds, 2),
            percent(self.share),
            or_dash(self.tokens, |tokens| tokens.to_string()),
            or_dash(self.tokens_per_second, |rate| number(rate, 0)),
            bytes(self.bytes),
        ]
    }
}

impl ReportRow for StageTiming {
    fn header(_: &[Self]) -> Vec<String> {
        let mut header = NodeTiming::header(&[]);
        header[1] = "stage".to_owned();
        header.insert(2, "nodes".to_owned());
        header
    }

    fn dispensable() -> &'static [&'static str] {
        &["written", "tokens", "nodes"]
    }

    fn cells(&self) -> Vec<String> {
        let mut cells = self.time.cells();
        cells.insert(2, self.nodes.to_string());
        cells
    }
}
