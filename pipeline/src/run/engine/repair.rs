//! Going back for what is damaged.

use std::path::PathBuf;

use serl_artifacts::Digest;

use super::{Engine, Visit};
use crate::error::PipelineError;
use crate::graph::{Input, NodeSpec};
use crate::node::Event;

/// How often the outputs of one node are recomputed before the disk is to blame.
const MAX_REPAIRS: u32 = 2;

impl Engine<'_> {
    /// Sets a bad object aside and goes back to the node that made it. `found` is the file with its bytes, if known.
    pub(super) fn repair(
        &mut self,
        node: &NodeSpec,
        input: &str,
        digest: Digest,
        found: Option<PathBuf>,
    ) -> Result<Visit, PipelineError> {
        let producer = match node.inputs.get(input) {
            Some(Input::Output { node, .. }) => node.clone(),
            Some(Input::External { path, .. }) => {
                return Err(PipelineError::ExternalChanged {
                    node: node.id.clone(),
                    input: input.to_owned(),
                    path: found.unwrap_or_else(|| path.clone()),
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
