//! The events that a run reports.

use std::collections::BTreeMap;
use std::path::Path;

use crate::graph::{NodeKey, NodeSpec};
use crate::reason::Reason;
use crate::store::{Manifest, Process};

/// Something that happened to a node.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The node was complete already.
    Cached {
        /// The node.
        node: &'a NodeSpec,
        /// What it wrote.
        manifest: &'a Manifest,
    },
    /// Another process is running the same node; this one waits for it.
    Waiting {
        /// The node.
        node: &'a NodeSpec,
        /// The other process, if known.
        holder: Option<&'a Process>,
    },
    /// Another machine is running the same node; this one waits for it.
    Leased {
        /// The node.
        node: &'a NodeSpec,
        /// The other process.
        holder: &'a str,
    },
    /// The node was complete in the remote and was brought here.
    Fetched {
        /// The node.
        node: &'a NodeSpec,
        /// How much had to be transferred.
        bytes: u64,
    },
    /// Another machine has completed the node before, with other outputs: the run goes on with those.
    Superseded {
        /// The node.
        node: &'a NodeSpec,
    },
    /// The remote cannot be reached; the run goes on without it.
    Unreachable {
        /// Why.
        reason: &'a str,
    },
    /// The run ends, and the remote lacks some of its nodes.
    Unshared {
        /// How many.
        nodes: usize,
    },
    /// The node begins.
    Started {
        /// The node.
        node: &'a NodeSpec,
        /// Its key.
        key: &'a NodeKey,
        /// Whether it continues the work of an earlier attempt.
        resumed: bool,
    },
    /// The node is at work.
    Progress {
        /// The node.
        node: &'a NodeSpec,
        /// How far it is.
        headway: &'a Headway<'a>,
    },
    /// The node has measured a step of its work. An attempt that continues an earlier one repeats the steps of that.
    Measured {
        /// The node.
        node: &'a NodeSpec,
        /// The step, from 0.
        step: u32,
        /// What was measured, by name.
        figures: &'a BTreeMap<String, f64>,
    },
    /// The node is complete.
    Finished {
        /// The node.
        node: &'a NodeSpec,
        /// What it wrote, and the seconds it took.
        manifest: &'a Manifest,
    },
    /// The node was complete, but something of it is missing or damaged, or was dropped and is needed: it will run
    /// again.
    Lost {
        /// The node.
        node: &'a NodeSpec,
        /// What is missing, and who needs it.
        reason: &'a Reason,
    },
    /// Outputs of a node were dropped: everything that reads them is complete.
    Dropped {
        /// The node.
        node: &'a NodeSpec,
        /// Their names.
        outputs: &'a [String],
    },
    /// A file of the store that cannot be read was moved to `quarantine/`; the run recreates it.
    SetAside {
        /// The file.
        path: &'a Path,
    },
    /// An output of an earlier node is missing or damaged; it is set aside and that node will run again.
    Damaged {
        /// The node that wanted to read it.
        node: &'a NodeSpec,
        /// Its input.
        input: &'a str,
        /// Where the object was.
        path: &'a Path,
    },
}

/// How far the work of a node is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Headway<'a> {
    /// Units done.
    pub done: u64,
    /// Units in all.
    pub total: u64,
    /// The name of a unit, in the plural.
    pub unit: &'a str,
    /// Anything else of interest.
    pub note: &'a str,
    /// Tokens that this attempt has sampled or trained on; 0 where none are counted.
    pub tokens: u64,
    /// Figures of what is done, by name, such as the mean reward.
    pub figures: &'a [(&'a str, f64)],
}

impl<'a> Headway<'a> {
    /// `done` of `total` `unit`s.
    pub fn of(done: u64, total: u64, unit: &'a str) -> Self {
        Self {
            done,
            total,
            unit,
            ..Self::default()
        }
    }

    /// With this remark.
    pub fn noting(self, note: &'a str) -> Self {
        Self { note, ..self }
    }

    /// With the tokens of this attempt.
    pub fn with_tokens(self, tokens: u64) -> Self {
        Self { tokens, ..self }
    }
}

/// Receives the events of a run.
pub trait Observer {
    /// Called on the thread that runs the nodes; should return quickly.
    fn on_event(&self, event: &Event<'_>);
}

/// Ignores all events.
impl Observer for () {
    fn on_event(&self, _event: &Event<'_>) {}
}
