//! What a run would do, node by node, and the first causes.

use anyhow::Result;
use serde::Serialize;
use serl_pipeline::{PlannedNode, PlannedStatus, Reason};

use super::reasons;
use super::show::{Form, ReportRow, shown as rows_shown};
use crate::estimate::{Estimate, Expected};

/// A planned node.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanRow {
    /// The node.
    pub id: String,
    /// `cached`, `will run`, or `may run`: it will if the nodes before it give different bytes.
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

impl From<&PlannedNode> for PlanRow {
    fn from(node: &PlannedNode) -> Self {
        let reasons = reasons::named(node.reasons());
        let (status, compared) = match &node.status {
            PlannedStatus::Cached => ("cached", None),
            PlannedStatus::WillRun(because) if certain(node) => ("will run", because.compared),
            PlannedStatus::WillRun(because) => ("may run", because.compared),
        };
        Self {
            id: node.id.to_string(),
            status,
            reason: (!reasons.is_empty()).then(|| reasons::words(&reasons)),
            reasons,
            key: node.key.map(|key| key.to_string()),
            compared: compared.map(|key| key.to_string()),
            estimate: None,
        }
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

/// A plan as a table or as JSON, with what each node will take.
///
/// # Errors
/// A row that is not JSON.
pub fn shown(plan: &[PlannedNode], estimate: &Estimate, form: Form) -> Result<String> {
    let row = |node| {
        let row = PlanRow::from(node);
        let estimate = estimate.nodes.get(&row.id).copied();
        PlanRow { estimate, ..row }
    };
    rows_shown(&plan.iter().map(row).collect::<Vec<_>>(), form)
}

/// Whether a node will run whatever the nodes before it give: it has its own reason, or nothing like it ran before. Any
/// other node is complete if those nodes give the same bytes again.
fn certain(node: &PlannedNode) -> bool {
    let is_new = matches!(&node.status, PlannedStatus::WillRun(because) if because.compared.is_none());
    is_new || node.own_reasons().next().is_some()
}

/// How much would run, and each reason other than an earlier node, with the nodes that have it.
pub fn summary(plan: &[PlannedNode]) -> String {
    let run = plan.iter().filter(|node| !node.reasons().is_empty()).count();
    if run == 0 {
        return format!("all {} nodes cached, nothing to do", plan.len());
    }
    let will = plan.iter().filter(|node| certain(node)).count();
    let may = match run - will {
        0 => String::new(),
        n => format!(", {n} may run after them"),
    };
    let mut lines = vec![format!(
        "{will} of {} nodes will run{may}, {} cached; it begins with",
        plan.len(),
        plan.len() - run
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
    lines.extend(
        causes
            .iter()
            .map(|(words, nodes)| format!("  {words}: {}", reasons::some_of(nodes))),
    );
    lines.join("\n")
}
