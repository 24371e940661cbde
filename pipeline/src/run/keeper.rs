//! Keeping a run's record up to date on disk, without writing what is there already.

use crate::PipelineError;
use crate::graph::{Graph, NodeId};
use crate::key::NodeKey;
use crate::record::RunRecord;
use crate::run::RunOptions;
use crate::store::{Store, write_json};

/// A run's record and whether it differs from the file.
#[derive(Debug)]
pub(super) struct RecordKeeper {
    record: RunRecord,
    changed: bool,
}

impl RecordKeeper {
    /// The record of an earlier run of this name, if any: nodes that the graph still has stay claimed until they are
    /// claimed with another key, so that a run of a part does not give up the rest.
    pub(super) fn open(
        store: &Store,
        graph: &Graph,
        options: &RunOptions,
    ) -> Result<Self, PipelineError> {
        let earlier = store.run_record(&options.name)?;
        let mut nodes = earlier
            .as_ref()
            .map(|record| record.nodes.clone())
            .unwrap_or_default();
        nodes.retain(|id, _| graph.node(id).is_some());
        let record = RunRecord {
            name: options.name.clone(),
            config: options.config.clone(),
            nodes,
        };
        let changed = earlier.as_ref() != Some(&record);
        Ok(Self { record, changed })
    }

    /// Notes that the run's node `id` is the one with this key.
    pub(super) fn claim(&mut self, id: &NodeId, key: NodeKey) {
        self.changed |= self.record.nodes.insert(id.clone(), key) != Some(key);
    }

    /// Writes the record if it changed since it was read or written.
    pub(super) fn flush(&mut self, store: &Store) -> Result<(), PipelineError> {
        if self.changed {
            write_json(
                &store.record_path(&self.record.name),
                "run record",
                &self.record,
            )?;
            self.changed = false;
        }
        Ok(())
    }
}
