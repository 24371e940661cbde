//! The events that a run reports.

use std::path::Path;

use crate::graph::NodeSpec;
use crate::reason::Reason;
use crate::store::Manifest;

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
        pid: Option<u32>,
    },
    /// The node begins.
    Started {
        /// The node.
        node: &'a NodeSpec,
        /// Whether it continues the work of an earlier attempt.
        resumed: bool,
    },
    /// The node is at work.
    Progress {
        /// The node.
        node: &'a NodeSpec,
        /// Units done.
        done: u64,
        /// Units in all.
        total: u64,
        /// The name of a unit.
        unit: &'a str,
        /// Anything else of interest.
        note: &'a str,
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

/// Receives the events of a run.
pub trait Observer {
    /// Called on the thread that runs the nodes; should return quickly.
    fn on_event(&self, event: &Event<'_>);
}

/// Ignores all events.
impl Observer for () {
    fn on_event(&self, _event: &Event<'_>) {}
}
