//! What the nodes of all stages do alike: reading tables and keeping parts.

use serl_artifacts::table::{self, Table};
use serl_pipeline::{NodeContext, Parts};

use crate::StageError;
use crate::work::Work;

/// The rows of the input table `name`.
pub(crate) fn read<T: Table>(ctx: &NodeContext, name: &str) -> Result<Vec<T>, StageError> {
    Ok(table::decode(&ctx.read_input(name)?, name)?)
}

/// The rows of the input table `name`, none if the node has no such input.
pub(crate) fn read_optional<T: Table>(ctx: &NodeContext, name: &str) -> Result<Vec<T>, StageError> {
    if ctx.has_input(name) {
        read(ctx, name)
    } else {
        Ok(Vec::new())
    }
}

/// A node's parts and progress as [`Work`].
pub(crate) struct NodeWork<'a> {
    pub(crate) ctx: &'a NodeContext<'a>,
}

impl NodeWork<'_> {
    fn parts(&self, table: &str) -> Result<Parts, StageError> {
        Ok(self.ctx.parts(table)?)
    }
}

impl Work for NodeWork<'_> {
    fn part(&self, table: &str, index: usize) -> Result<Option<Vec<u8>>, StageError> {
        Ok(self.parts(table)?.get(index)?)
    }

    fn save_part(&self, table: &str, index: usize, bytes: &[u8]) -> Result<(), StageError> {
        Ok(self.parts(table)?.put(index, bytes)?)
    }

    fn progress(&self, done: u64, total: u64, unit: &str, note: &str) {
        self.ctx.progress(done, total, unit, note);
    }

    fn check_cancelled(&self) -> Result<(), StageError> {
        Ok(self.ctx.check_cancelled()?)
    }
}
