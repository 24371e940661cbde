//! Reading the tables that a node has as inputs.

use serl_artifacts::table::{self, Table};
use serl_pipeline::NodeContext;

use crate::error::StageError;

/// The rows of the input table `name`.
pub(crate) fn read<T: Table>(ctx: &NodeContext<'_>, name: &str) -> Result<Vec<T>, StageError> {
    Ok(table::decode(&ctx.read_input(name)?, name)?)
}

/// The rows of the input table `name`; none if the node has no such input.
pub(crate) fn read_optional<T: Table>(ctx: &NodeContext<'_>, name: &str) -> Result<Vec<T>, StageError> {
    if ctx.has_input(name) {
        read(ctx, name)
    } else {
        Ok(Vec::new())
    }
}
