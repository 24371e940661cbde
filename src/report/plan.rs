//! What a run would do, node by node, and the first causes.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde::Serialize;
use serl_lm::Device;
use serl_pipeline::{Graph, NodeId, PlannedNode, PlannedStatus, Reason};

use super::reasons;
use super::resources::Resources;
use super::show::{Form, ReportRow, shown as rows_shown};
use crate::estimate::{Estimate, Expected};
use crate::memory::{Peak, Planner};

/// A planned node.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanRow {
    /// The node.
    pub id: String,
    /// Its stage.
    pub stage: String,
    /// Its iteration; 0 measures the untouched policy.
    pub iteration: u32,
    /// Its round; none, if its stage has no rounds.
    pub round: Option<u32>,
    /// The nodes that it reads, in the order of the run.
    pub after: Vec<String>,
    /// What it needs of a machine.
    pub resources: Resources,
    /// `cached`, `remote` (another machine has completed it), `will run`, or `may run`: it will if the nodes before it
    /// give different bytes.
    pub status: &'static str,
    /// Why it would run, in words.
    pub reason: Option<String>,
    /// The same reasons as data.
    pub reasons: Vec<Reason>,
    /// Its key; none while the content of an input is not known.
    pub key: Option<String>,
    /// Key of the node that it was compared with.
    pub compared: Option<String>,
    /// What it will take; none if it is complete.
    pub estimate: Option<Expected>,
}

impl PlanRow {
    fn of(planned: &PlannedNode, graph: &Graph, device: &Device, planner: &Planner) -> Result<Self> {
        let node = graph.node(&planned.id).context("a planned node is not in the graph")?;
        let reasons = reasons::named(planned.reasons());
        let (status, compared) = match &planned.status {
            PlannedStatus::Cached => ("cached", None),
            PlannedStatus::Remote => ("remote", None),
            PlannedStatus::WillRun(because) if certain(planned) => ("will run", because.compared),
            PlannedStatus::WillRun(because) => ("may run", because.compared),
        };
        let read: BTreeSet<&NodeId> = node.upstream().collect();
        let in_order = graph.nodes().iter().filter(|node| read.contains(&node.id));
        Ok(Self {
            id: node.id.to_string(),
            stage: node.stage.clone(),
            iteration: node.iteration,
            round: node.round,
            after: in_order.map(|node| node.id.to_string()).collect(),
            resources: Resources::of(node, graph, device, planner)?,
            status,
            reason: (!reasons.is_empty()).then(|| reasons::words(&reasons)),
            reasons,
            key: planned.key.map(|key| key.to_string()),
            compared: compared.map(|key| key.to_string()),
            estimate: None,
        })
    }
}

impl ReportRow for PlanRow {
    fn header(_: &[Self]) -> Vec<String> {
        ["node", "status", "reason"].map(String::from).to_vec()
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.status.to_owned(),
            self.reason.clone().unwrap_or_default(),
        ]
    }
}

/// The nodes of an iteration of which the same can be said.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct FoldedRow {
    iteration: String,
    status: &'static str,
    /// Stages with their rounds, as in `train.0-4`.
    nodes: String,
}

impl ReportRow for FoldedRow {
    fn header(_: &[Self]) -> Vec<String> {
        ["iteration", "status", "nodes"].map(String::from).to_vec()
    }

    fn cells(&self) -> Vec<String> {
        vec![self.iteration.clone(), self.status.to_owned(), self.nodes.clone()]
    }
}

/// A plan as JSON, with what each node will take, or as a table: a row for each node with its reasons, or a row for all
/// nodes of an iteration of which the same can be said.
///
/// # Errors
/// A row that is not JSON.
pub fn shown(
    plan: &[PlannedNode],
    graph: &Graph,
    estimate: &Estimate,
    device: &Device,
    planner: &Planner,
    each: bool,
    form: Form,
) -> Result<String> {
    let row = |node| {
        let row = PlanRow::of(node, graph, device, planner)?;
        let estimate = estimate.nodes.get(&row.id).copied();
        Ok(PlanRow { estimate, ..row })
    };
    let rows: Vec<PlanRow> = plan.iter().map(row).collect::<Result<_>>()?;
    match form {
        Form::Table(_) if !each => rows_shown(&folded(&rows), form),
        _ => rows_shown(&rows, form),
    }
}

fn folded(rows: &[PlanRow]) -> Vec<FoldedRow> {
    let mut groups: Vec<(&str, &'static str, Vec<&str>)> = Vec::new();
    for row in rows {
        let (iteration, turn) = row.id.split_once('/').unwrap_or(("", &row.id));
        match groups
            .iter_mut()
            .find(|group| (group.0, group.1) == (iteration, row.status))
        {
            Some((_, _, turns)) => turns.push(turn),
            None => groups.push((iteration, row.status, vec![turn])),
        }
    }
    let certainty = |status: &str| {
        ["cached", "remote", "will run", "may run"]
            .iter()
            .position(|known| *known == status)
    };
    groups.sort_by_key(|(iteration, status, _)| (iteration.parse::<u32>().unwrap_or(u32::MAX), certainty(status)));
    let row = |(iteration, status, turns): (&str, &'static str, Vec<&str>)| FoldedRow {
        iteration: iteration.to_owned(),
        status,
        nodes: by_stage(&turns).join(", "),
    };
    groups.into_iter().map(row).collect()
}

/// `train.0-4` for the five rounds of train, and so on.
fn by_stage(turns: &[&str]) -> Vec<String> {
    let mut stages: Vec<(&str, Vec<u32>)> = Vec::new();
    for turn in turns {
        let (stage, round) = turn.split_once('.').unwrap_or((turn, ""));
        let at = stages.iter().position(|(known, _)| *known == stage).unwrap_or_else(|| {
            stages.push((stage, Vec::new()));
            stages.len() - 1
        });
        stages[at].1.extend(round.parse::<u32>());
    }
    stages.iter().map(|(stage, rounds)| ranges(stage, rounds)).collect()
}

/// The rounds of a stage, those that follow each other as `0-4`.
fn ranges(stage: &str, rounds: &[u32]) -> String {
    let told = |run: &[u32]| match run {
        [only] => only.to_string(),
        [first, .., last] => format!("{first}-{last}"),
        [] => String::new(),
    };
    let runs: Vec<String> = rounds.chunk_by(|a, b| a + 1 == *b).map(told).collect();
    if runs.is_empty() {
        return stage.to_owned();
    }
    format!("{stage}.{}", runs.join(","))
}

/// Whether a node will run whatever the nodes before it give: it has its own reason, or nothing like it ran before. Any
/// other node is complete if those nodes give the same bytes again.
fn certain(node: &PlannedNode) -> bool {
    let is_new = matches!(&node.status, PlannedStatus::WillRun(because) if because.compared.is_none());
    is_new || node.own_reasons().next().is_some()
}

/// The most memory that a node of each stage has at once, of nodes that will or may run.
///
/// # Errors
/// A node that is not one of this version.
pub fn peaks(plan: &[PlannedNode], graph: &Graph, device: &Device, planner: &Planner) -> Result<Vec<(String, Peak)>> {
    let mut peaks: Vec<(String, Peak)> = Vec::new();
    let open = plan
        .iter()
        .filter(|node| matches!(node.status, PlannedStatus::WillRun(_)));
    for node in open.filter_map(|planned| graph.node(&planned.id)) {
        let Some(peak) = Resources::of(node, graph, device, planner)?.memory else {
            continue;
        };
        match peaks.iter_mut().find(|(stage, _)| *stage == node.stage) {
            Some((_, largest)) if largest.bytes() < peak.bytes() => *largest = peak,
            Some(_) => {}
            None => peaks.push((node.stage.clone(), peak)),
        }
    }
    Ok(peaks)
}

/// How much would run, and each reason other than an earlier node, with the nodes that have it.
pub fn summary(plan: &[PlannedNode]) -> String {
    let run = plan.iter().filter(|node| !node.reasons().is_empty()).count();
    let remote = plan.iter().filter(|node| node.status == PlannedStatus::Remote).count();
    let cached = match remote {
        0 => format!("{} cached", plan.len() - run),
        n => format!("{} cached, {n} in the remote", plan.len() - run - n),
    };
    if run == 0 && remote > 0 {
        return format!("none of {} nodes will run, {cached}", plan.len());
    }
    if run == 0 {
        return format!("all {} nodes cached, nothing to do", plan.len());
    }
    let will = plan.iter().filter(|node| certain(node)).count();
    let may = match run - will {
        0 => String::new(),
        n => format!(", {n} may run after them"),
    };
    let mut lines = vec![format!(
        "{will} of {} nodes will run{may}, {cached}; it begins with",
        plan.len()
    )];
    let mut causes: Vec<(String, Vec<&str>)> = Vec::new();
    for node in plan {
        for reason in node.own_reasons() {
            let words = reasons::named(std::slice::from_ref(reason))[0].to_string();
            match causes.iter_mut().find(|(known, _)| *known == words) {
                Some((_, nodes)) => nodes.push(node.id.as_str()),
                None => causes.push((words, vec![node.id.as_str()])),
            }
        }
    }
    let line = |(words, nodes): &(String, Vec<&str>)| format!("  {words}: {}", reasons::some_of(nodes));
    lines.extend(causes.iter().map(line));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_that_follow_each_other_are_a_range() {
        let turns = ["generate", "train.0", "vote.0", "train.1", "train.2", "vote.3"];
        assert_eq!(by_stage(&turns), ["generate", "train.0-2", "vote.0,3"]);
    }
}
