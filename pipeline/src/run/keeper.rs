//! Keeping a run's record up to date on disk, without writing what is there already.
//!
//! Several processes may work on one run, each on other nodes: what another one has claimed since the record was read
//! stays claimed. The record is read again and written while `locks/records` is held.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::time::{Duration, SystemTime};

use super::runner::RunOptions;
use super::stale::stale;
use crate::error::PipelineError;
use crate::graph::{Graph, NodeKey};
use crate::id::NodeId;
use crate::store::{Begun, Progress, RECORD, RunRecord, Store, lock, write_json};

/// The longest wait for another process that writes a record.
const PATIENCE: Duration = Duration::from_secs(10);

/// A run's record and whether it differs from the file.
#[derive(Debug)]
pub(super) struct RecordKeeper {
    record: RunRecord,
    /// The record as it was read or written last.
    on_disk: Option<RunRecord>,
    /// What this process has claimed.
    own: BTreeMap<NodeId, NodeKey>,
    /// The node that this process is at.
    at: Option<Begun>,
    /// The node that another process, or an earlier one, has begun and not completed.
    other: Option<Begun>,
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
            at: at.clone(),
            progress: Progress::default(),
        };
        let iterations = graph
            .nodes()
            .iter()
            .map(|node| (node.id.clone(), node.iteration))
            .collect();
        let mut keeper = Self {
            record,
            on_disk: earlier,
            own: BTreeMap::new(),
            at: None,
            other: at,
            iterations,
            changed: false,
        };
        keeper.record.progress = keeper.progress();
        keeper.changed = keeper.on_disk.as_ref() != Some(&keeper.record);
        keeper
    }

    /// Notes that the run's node `id` is the one with this key, and complete.
    pub(super) fn claim(&mut self, id: &NodeId, key: NodeKey) {
        self.at = self.at.take().filter(|at| at.node != *id);
        self.other = self.other.take().filter(|at| at.node != *id);
        self.note_at();
        self.own.insert(id.clone(), key);
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
        self.at = Some(Begun { node: id.clone(), key });
        self.note_at();
    }

    /// The record says where this process is, else where another one is.
    fn note_at(&mut self) {
        let at = self.at.as_ref().or(self.other.as_ref());
        self.changed |= self.record.at.as_ref() != at;
        self.record.at = at.cloned();
    }

    /// Writes the record if it changed since it was read or written.
    pub(super) fn flush(&mut self, store: &Store, graph: &Graph) -> Result<(), PipelineError> {
        if !self.changed {
            return Ok(());
        }
        // Whoever holds it writes one small file. Should a machine have died with it, a claim may be lost, which the
        // next run of everything finds again.
        let _alone = lock::acquire_soon(&store.records_lock(), PATIENCE)?;
        self.merge(store, graph)?;
        write_json(&store.record_path(&self.record.name), RECORD, &self.record)?;
        self.on_disk = Some(self.record.clone());
        self.changed = false;
        Ok(())
    }

    /// Takes over what other processes have claimed since the record was read.
    fn merge(&mut self, store: &Store, graph: &Graph) -> Result<(), PipelineError> {
        let found = match store.run_record(&self.record.name) {
            // It is replaced.
            Err(PipelineError::Json { .. }) => None,
            read => read?,
        };
        let Some(found) = found.filter(|found| self.on_disk.as_ref() != Some(found)) else {
            return Ok(());
        };
        let theirs = |(id, _): &(NodeId, NodeKey)| graph.node(id).is_some() && !self.own.contains_key(id);
        let nodes: Vec<(NodeId, NodeKey)> = found.nodes.into_iter().filter(theirs).collect();
        self.record.nodes.extend(nodes);
        let other = found.at.or(self.other.take()).filter(|at| Some(at) != self.at.as_ref());
        self.other = other.filter(|at| graph.node(&at.node).is_some() && !self.is_done(at));
        self.note_at();
        self.find_stale(store, graph);
        Ok(())
    }

    fn is_done(&self, at: &Begun) -> bool {
        self.own.contains_key(&at.node) || self.record.nodes.get(&at.node) == Some(&at.key)
    }

    /// Writes the record at the end of a run. One that stayed as it was becomes the most recent one by its time alone;
    /// where that cannot be set, such as in another user's store, nothing is lost.
    pub(super) fn close(&mut self, store: &Store, graph: &Graph) -> Result<(), PipelineError> {
        if self.changed {
            return self.flush(store, graph);
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
