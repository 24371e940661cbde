//! Nodes that are requested alone: others may not run, and other processes run those.

use super::Engine;
use crate::error::PipelineError;
use crate::graph::{NodeSpec, Selection};
use crate::plan::{Assessment, assess, input_digests, needed_again};

impl Engine<'_> {
    /// Lets only the nodes run that `selection` names exactly, if it does, and among them those again of which the rest
    /// of the graph needs something that was dropped.
    pub(in crate::run) fn confine(&mut self, selection: &Selection) -> Result<(), PipelineError> {
        if !selection.is_exact() {
            return Ok(());
        }
        let only = selection.named(self.graph)?;
        let needed = needed_again(self.store, self.graph, &self.retained.request)?;
        self.retained.again = needed.keys().cloned().collect();
        self.retained.needed = needed.into_iter().filter(|(id, _)| only.contains(id)).collect();
        self.only = Some(only);
        Ok(())
    }

    /// Refuses to run `node`, which is not complete, if others were requested alone. When the run began, it was: since
    /// then, an output of it was lost or turned out to be damaged.
    pub(super) fn refuse_others(&self, node: &NodeSpec) -> Result<(), PipelineError> {
        match &self.only {
            Some(only) if !only.contains(&node.id) => Err(PipelineError::NotReady {
                first: vec![node.id.clone()],
            }),
            _ => Ok(()),
        }
    }

    /// Finds out which of the other nodes are complete: what they have read need not be kept for them.
    pub(super) fn look_around(&mut self) -> Result<(), PipelineError> {
        if self.only.is_none() {
            return Ok(());
        }
        let needed = needed_again(self.store, self.graph, &self.retained.request)?;
        self.retained.again = needed.into_keys().collect();
        for node in self.graph.nodes() {
            let known = node.upstream().all(|id| self.complete.contains_key(id));
            if self.complete.contains_key(&node.id) || !known {
                continue;
            }
            let inputs = input_digests(node, |id| self.complete.get(id))?;
            if let Assessment::Complete(manifest) = assess(self.store, &node.material(inputs).key()) {
                self.complete.insert(node.id.clone(), *manifest);
            }
        }
        Ok(())
    }
}
