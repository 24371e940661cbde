//! A run, with the rows that its report is made of: those that other commands print.

use anyhow::Result;
use serl_artifacts::tables::EvalSummary;
use serl_pipeline::RunRecord;

use crate::lookup::Archive;
use crate::report::drift::{self, DriftRow};
use crate::report::eval;
use crate::report::findings::{self, Finding};
use crate::report::funnel::{self, FunnelRow};
use crate::report::iterations::{self, IterationRow};
use crate::report::r_mean::{self, RMeanRow};
use crate::report::steps::{self, StepRow};
use crate::report::stored::{StoredNode, StoredRun};
use crate::report::timing::{self, NodeTiming};

/// A run and its rows.
pub struct Run {
    /// What the store says about it.
    pub record: RunRecord,
    /// Its nodes and tables.
    pub stored: StoredRun,
    /// `serl run`.
    pub iterations: Vec<IterationRow>,
    /// `serl inspect eval`.
    pub eval: Vec<EvalSummary>,
    /// `serl check`.
    pub findings: Vec<Finding>,
    /// `serl inspect filter`.
    pub funnel: Vec<FunnelRow>,
    /// `serl inspect r-mean`.
    pub r_mean: Vec<RMeanRow>,
    /// `serl inspect timing --each`.
    pub timing: Vec<NodeTiming>,
    /// `serl inspect train --each`.
    pub steps: Vec<StepRow>,
    /// `serl inspect drift`.
    pub drift: Vec<DriftRow>,
}

impl Run {
    /// Reads run `name`, or the most recent one.
    ///
    /// # Errors
    /// There is no such run, or a table cannot be read.
    pub fn read(archive: &Archive, name: Option<&str>) -> Result<Self> {
        let record = archive.run(name)?;
        let stored = StoredRun::of(&archive.store, &record.name, record.nodes.iter())?;
        Ok(Self {
            iterations: iterations::rows(&stored)?,
            eval: eval::rows(&stored)?,
            findings: findings::of(&stored)?,
            funnel: funnel::rows(&stored)?,
            r_mean: r_mean::rows(&stored)?,
            timing: timing::nodes(&stored)?,
            steps: steps::rows(&stored)?,
            drift: drift::rows(&stored)?,
            record,
            stored,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.stored.name()
    }

    /// Seconds that its nodes took when they were computed.
    pub fn seconds(&self) -> f64 {
        self.iterations.iter().map(|row| row.seconds).sum()
    }

    /// Complete nodes, and all nodes.
    pub fn progress(&self) -> (usize, usize) {
        let complete = self.stored.nodes().len();
        (complete, self.record.progress.nodes.max(complete))
    }

    /// A value of its configuration as it was recorded.
    pub fn setting(&self, pointer: &str) -> Option<&serde_json::Value> {
        self.record.config.pointer(pointer)
    }

    /// The newest of its nodes of a stage.
    pub fn last_of(&self, stage: &str) -> Option<&StoredNode> {
        self.stored.nodes_of(stage).last()
    }

    /// The last iteration that was voted on.
    pub fn last_voted(&self) -> Option<u32> {
        self.r_mean.last().map(|row| row.iteration)
    }

    /// The iterations that were measured.
    pub fn measured(&self) -> Vec<u32> {
        let mut iterations: Vec<u32> = self.eval.iter().map(|row| row.iteration).collect();
        iterations.dedup();
        iterations
    }
}
