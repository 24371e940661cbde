//! Going back for what is damaged.

use serl_artifacts::Digest;

use super::{Engine, Visit};
use crate::error::PipelineError;
use crate::graph::{Input, NodeSpec};
use crate::node::Event;

/// How often the outputs of one node are recomputed before the disk is to blame.
const MAX_REPAIRS: u32 = 2;

impl Engine<'_> {
    /// Sets a bad object aside and goes back to the node that made it.
    pub(super) fn repair(&mut self, node: &NodeSpec, input: &str, digest: Digest) -> Result<Visit, PipelineError> {
        let producer = match node.inputs.get(input) {
            Some(Input::Output { node, .. }) => node.clone(),
            Some(Input::External { path, .. }) => {
                let (node, path) = (node.id.clone(), path.clone());
                return Err(PipelineError::ExternalChanged {
                    node,
                    input: input.to_owned(),
                    path,
                });
            }
            None => {
                return Err(PipelineError::Damaged {
                    node: node.id.clone(),
                    input: input.to_owned(),
                    digest,
                });
            }
        };
        let times = self.repairs.entry(producer.clone()).or_insert(0);
        *times += 1;
        if *times > MAX_REPAIRS {
            return Err(PipelineError::DamagedAgain {
                node: producer,
                times: *times,
                digest,
            });
        }
        let path = self.store.objects().path(&digest);
        self.observer.on_event(&Event::Damaged {
            node,
            input,
            path: &path,
        });
        self.store.objects().quarantine(&digest)?;
        self.checker.forget(&digest);
        Ok(Visit::Redo(producer))
    }
}
