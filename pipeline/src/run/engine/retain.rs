//! Dropping what has been read, and going back for what was dropped and is needed again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;

use serl_artifacts::ArtifactError;

use super::Engine;
use crate::events::Event;
use crate::graph::{Graph, Input, Kind, NodeId, NodeSpec};
use crate::key::NodeKey;
use crate::manifest::{Manifest, Output};
use crate::needs::{self, Needed, Request, reason_to_redo};
use crate::reason::Reason;
use crate::retention::Retention;
use crate::store::Store;
use crate::{PipelineError, dropping, view};

/// What a run knows of outputs that it drops or needs again.
pub(super) struct Retained<'a> {
    request: Request<'a>,
    /// Outputs to be dropped, with the nodes that must be complete before.
    readers: BTreeMap<(NodeId, String), BTreeSet<NodeId>>,
    /// Dropped outputs that nodes which must run read.
    needed: BTreeMap<NodeId, Needed>,
    /// Whether files of dropped outputs are left, of this run or of one that died.
    leftover: bool,
}

impl<'a> Retained<'a> {
    pub(super) fn new(graph: &Graph, request: Request<'a>, retention: &Retention) -> Self {
        Self {
            request,
            readers: retention.readers(graph),
            needed: BTreeMap::new(),
            leftover: false,
        }
    }

    /// Why the complete node must run again.
    pub(super) fn reason(&self, node: &NodeId, manifest: &Manifest) -> Option<Reason> {
        let mut needed = self.request.of(node, manifest);
        needed.extend(self.needed.get(node).cloned().unwrap_or_default());
        reason_to_redo(manifest, &needed)
    }

    /// Notes that the node is complete, with everything that is needed of it.
    pub(super) fn settled(&mut self, store: &Store, node: &NodeId, manifest: &Manifest) {
        self.needed.remove(node);
        let is_left = |output: &&Output| store.objects().checkout_path(&output.digest).exists();
        self.leftover |= dropped(manifest).any(|output| is_left(&output));
    }

    /// The outputs that are there and that everything which reads them has read, by node.
    fn read(&self, complete: &BTreeMap<NodeId, Manifest>) -> BTreeMap<NodeId, Vec<String>> {
        let mut found: BTreeMap<NodeId, Vec<String>> = BTreeMap::new();
        for ((node, name), readers) in &self.readers {
            let output = complete.get(node).and_then(|m| m.outputs.get(name));
            let is_there = output.is_some_and(|o| o.kind == Kind::Tree && !o.dropped);
            if is_there && readers.iter().all(|id| complete.contains_key(id)) {
                found.entry(node.clone()).or_default().push(name.clone());
            }
        }
        found
    }
}

fn dropped(manifest: &Manifest) -> impl Iterator<Item = &Output> {
    manifest.outputs.values().filter(|output| output.dropped)
}

impl Engine<'_> {
    /// The node to go back to before `node` can run: it reads something that was dropped. All that the run will need so
    /// is found at once, so that going forward again makes each of it once.
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
        self.retained.needed = needs::certain(self.store, &self.nodes, &self.retained.request)?;
        let mut ids = self.nodes.iter().map(|node| &node.id);
        let first = ids.find(|id| self.retained.needed.contains_key(*id) || **id == producer);
        Ok(first.cloned())
    }

    /// Drops the outputs that nothing of the run reads any more, unless another run or a pin has their node. From a
    /// disk that cannot be written to nothing is dropped.
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
        let _alone = objects.exclude()?;
        if let Some(others) = dropping::claimed_by_others(self.store, &self.options.name)? {
            for (id, outputs) in read {
                self.retained.leftover |= self.drop_outputs(id, outputs, &others)?;
            }
        }
        if !self.retained.leftover {
            return Ok(());
        }
        let dropped = self.complete.values().flat_map(dropped);
        let own = self._live.as_ref().map(|live| live.path());
        for digest in dropping::remove_files(self.store, dropped, own)? {
            self.checker.forget(&digest);
        }
        self.retained.leftover = false;
        Ok(())
    }

    /// Gives whether they were dropped.
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
