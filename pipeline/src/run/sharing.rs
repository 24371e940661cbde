//! What a run has to remember of the remote.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use crate::graph::NodeKey;
use crate::remote::Lease;
use crate::store::Manifest;

/// What the run knows of the remote.
#[derive(Debug, Default)]
pub(super) struct Sharing {
    /// Whether the user knows that it cannot be reached.
    pub(super) is_told: Cell<bool>,
    /// Nodes that it may lack.
    pub(super) unshared: RefCell<BTreeSet<NodeKey>>,
}

/// Whose turn it is to compute a node.
pub(super) enum Turn {
    /// This process's, which may have a lease.
    Mine(Option<Lease>),
    /// Another machine has completed it.
    Over(Box<Manifest>),
}
