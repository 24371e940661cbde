//! Dropping what has been read, and going back for what was dropped and is needed again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;

use serl_artifacts::ArtifactError;

use super::super::retained::dropped;
use super::Engine;
use crate::error::PipelineError;
use crate::graph::{Input, NodeKey, NodeSpec};
use crate::id::NodeId;
use crate::node::Event;
use crate::plan::needs;
use crate::store::view;
use crate::upkeep::{company, dropping};

impl Engine<'_> {
    /// The node to go back to before `node`, which reads a dropped output, can run. All dropped outputs that the run
    /// will need are found at once, so that each is made only once on the way forward.
    pub(super) fn dropped_producer(&mut self, node: &NodeSpec) -> Result<Option<NodeId>, PipelineError> {
        let is_dropped = |id: &NodeId, output: &String| {
            let output = self.complete.get(id).and_then(|m| m.outputs.get(output));
            output.is_some_and(|output| output.dropped)
        };
        let producer = node.inputs.values().find_map(|input| match input {
            Input::Output { node, output } => is_dropped(node, output).then(|| node.clone()),
            Input::External { .. } => None,
        });
        let Some(producer) = producer else {
            return Ok(None);
        };
        if self.restored(node)? {
            return Ok(None);
        }
        self.retained.needed = needs::certain(self.store, &self.nodes, &self.retained.request)?;
        let mut ids = self.nodes.iter().map(|node| &node.id);
        let first = ids.find(|id| self.retained.needed.contains_key(*id) || **id == producer);
        Ok(first.cloned())
    }

    /// Drops the outputs that nothing of the run reads any more, unless another run or a pin has their node. Nothing is
    /// dropped from a disk that cannot be written to.
    pub(super) fn drop_what_was_read(&mut self) -> Result<(), PipelineError> {
        let read = self.retained.read(&self.complete);
        if read.is_empty() && !self.retained.leftover {
            return Ok(());
        }
        match self.drop_all(&read) {
            Err(PipelineError::Artifact(ArtifactError::Io { source, .. }))
                if source.kind() == ErrorKind::ReadOnlyFilesystem =>
            {
                Ok(())
            }
            done => done,
        }
    }

    fn drop_all(&mut self, read: &BTreeMap<NodeId, Vec<String>>) -> Result<(), PipelineError> {
        let objects = self.store.objects();
        let alone = objects.exclude()?;
        // Left to the collector of garbage.
        if company::keeps_from_removing(self.store, &alone)?.is_some() {
            return Ok(());
        }
        if let Some(others) = dropping::claimed_by_others(self.store, &self.options.name)? {
            for (id, outputs) in read {
                self.retained.leftover |= self.drop_outputs(id, outputs, &others)?;
            }
        }
        if !self.retained.leftover {
            return Ok(());
        }
        let dropped = self.complete.values().flat_map(dropped);
        for digest in dropping::remove_files(self.store, dropped)? {
            self.checker.forget(&digest);
        }
        self.retained.leftover = false;
        Ok(())
    }

    /// Returns whether they were dropped.
    fn drop_outputs(
        &mut self,
        id: &NodeId,
        outputs: &[String],
        others: &BTreeSet<NodeKey>,
    ) -> Result<bool, PipelineError> {
        let key = self.complete.get(id).map(|manifest| manifest.key);
        let node = self.nodes.iter().find(|node| node.id == *id);
        let (Some(key), Some(node)) = (key.filter(|key| !others.contains(key)), node) else {
            return Ok(false);
        };
        let Some(manifest) = dropping::mark(self.store, &key, outputs)? else {
            return Ok(false);
        };
        view::refresh(self.store, &self.options.name, node, &manifest)?;
        self.observer.on_event(&Event::Dropped { node, outputs });
        self.complete.insert(id.clone(), manifest);
        Ok(true)
    }
}
