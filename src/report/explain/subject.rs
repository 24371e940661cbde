//! The node that is explained.

use serl_pipeline::{Manifest, NodeId, PlannedNode, RunRecord};

/// Digits of a digest that are shown.
pub(super) const DIGITS: usize = 12;

/// A node, as found.
pub struct Subject {
    /// The run that has it, and its id in that run.
    pub claim: Option<(RunRecord, NodeId)>,
    /// Its manifest, if it is complete.
    pub manifest: Option<Manifest>,
    /// What a run would do with it now, if that could be planned.
    pub planned: Option<PlannedNode>,
}

impl Subject {
    /// Whether it is complete and stays so.
    pub(super) fn state(&self) -> &'static str {
        let would_run = self.planned.as_ref().is_some_and(|node| !node.reasons().is_empty());
        match (&self.manifest, would_run) {
            (None, _) => "not complete, will run",
            (Some(_), true) => "complete, but will run again",
            (Some(_), false) if self.claim.is_none() => "complete, but no run has it now",
            (Some(_), false) => "complete",
        }
    }
}
