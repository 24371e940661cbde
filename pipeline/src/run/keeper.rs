//! Keeping a run's record up to date on disk, without writing what is there already.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::time::SystemTime;

use super::runner::RunOptions;
use super::stale::stale;
use crate::error::PipelineError;
use crate::graph::{Graph, NodeKey};
use crate::id::NodeId;
use crate::store::{Begun, Progress, RECORD, RunRecord, Store, write_json};

/// A run's record and whether it differs from the file.
#[derive(Debug)]
pub(super) struct RecordKeeper {
    record: RunRecord,
    /// Iteration of every node of the graph.
    iterations: BTreeMap<NodeId, u32>,
    changed: bool,
}

impl RecordKeeper {
    /// The record of an earlier run of this name, if any: nodes that the graph still has stay claimed until they are
    /// claimed with another key, so that a run of a part does not give up the rest.
    pub(super) fn open(earlier: Option<RunRecord>, graph: &Graph, options: &RunOptions) -> Self {
        let (mut nodes, at): (BTreeMap<_, _>, Option<Begun>) = earlier
            .clone()
            .map(|record| (record.nodes, record.at))
            .unwrap_or_default();
        nodes.retain(|id, _| graph.node(id).is_some());
        // Stays through a run of a part, so that its saved work does.
        let at = at.filter(|at| graph.node(&at.node).is_some());
        let record = RunRecord {
            name: options.name.clone(),
            config: options.config.clone(),
            nodes,
            stale: BTreeSet::new(),
            at,
            progress: Progress::default(),
        };
        let iterations = graph
            .nodes()
            .iter()
            .map(|node| (node.id.clone(), node.iteration))
            .collect();
        let mut keeper = Self {
            record,
            iterations,
            changed: false,
        };
        keeper.record.progress = keeper.progress();
        keeper.changed = earlier.as_ref() != Some(&keeper.record);
        keeper
    }

    /// Notes that the run's node `id` is the one with this key, and complete.
    pub(super) fn claim(&mut self, id: &NodeId, key: NodeKey) {
        if self.record.at.as_ref().is_some_and(|at| at.node == *id) {
            self.record.at = None;
            self.changed = true;
        }
        let was_stale = self.record.stale.remove(id);
        if self.record.nodes.insert(id.clone(), key) != Some(key) || was_stale {
            self.record.progress = self.progress();
            self.changed = true;
        }
    }

    /// Looks up which of the nodes are of other settings than those of `graph`.
    pub(super) fn find_stale(&mut self, store: &Store, graph: &Graph) {
        let found = stale(store, graph, &self.record.nodes);
        if self.record.stale != found {
            self.record.stale = found;
            self.changed = true;
        }
        let progress = self.progress();
        self.changed |= self.record.progress != progress;
        self.record.progress = progress;
    }

    /// Notes that the node is being worked on.
    pub(super) fn begin(&mut self, id: &NodeId, key: NodeKey) {
        let begun = Some(Begun { node: id.clone(), key });
        self.changed |= self.record.at != begun;
        self.record.at = begun;
    }

    /// Writes the record if it changed since it was read or written.
    pub(super) fn flush(&mut self, store: &Store) -> Result<(), PipelineError> {
        if self.changed {
            write_json(&store.record_path(&self.record.name), RECORD, &self.record)?;
            self.changed = false;
        }
        Ok(())
    }

    /// Writes the record at the end of a run. One that stayed as it was becomes the most recent one by its time alone;
    /// where that cannot be set, such as in another user's store, nothing is lost.
    pub(super) fn close(&mut self, store: &Store) -> Result<(), PipelineError> {
        if self.changed {
            return self.flush(store);
        }
        let record = File::open(store.record_path(&self.record.name));
        record.and_then(|record| record.set_modified(SystemTime::now())).ok();
        Ok(())
    }

    fn progress(&self) -> Progress {
        let record = &self.record;
        let open = |(id, _): &(&NodeId, &u32)| !record.nodes.contains_key(*id) || record.stale.contains(*id);
        let last = self.iterations.values().copied().max().unwrap_or(0);
        let first_open = self.iterations.iter().filter(open).map(|(_, i)| *i).min();
        Progress {
            nodes: self.iterations.len(),
            iterations: last,
            iterations_done: first_open.map_or(last, |open| open.saturating_sub(1)),
        }
    }
}
