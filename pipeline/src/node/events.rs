//! What a run tells while it goes on.

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
        /// The other process, if it said.
        pid: Option<u32>,
    },
    /// The node begins.
    Started {
        /// The node.
        node: &'a NodeSpec,
        /// Whether it goes on from what an earlier attempt left.
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
        /// What a unit is.
        unit: &'a str,
        /// Anything else worth telling.
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
    /// A file of the store that cannot be read was moved to `quarantine/`; the run makes it anew.
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

/// Whoever is told.
pub trait Observer {
    /// Called on the thread that runs the nodes; should return quickly.
    fn on_event(&self, event: &Event<'_>);
}

/// Tells nobody.
impl Observer for () {
    fn on_event(&self, _event: &Event<'_>) {}
}
