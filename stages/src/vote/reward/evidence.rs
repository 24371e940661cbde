//! What a reward judges by, besides the responses.

use serl_pipeline::{ArtifactKind, NodeContext};

use crate::error::StageError;
use crate::stage::lab::Lab;

/// A file or folder of the user that a reward judges by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Name of the input by which it reaches the node.
    pub input: &'static str,
    /// Its path.
    pub path: String,
    /// A file, or a model folder.
    pub kind: ArtifactKind,
}

/// Evidence in a form to judge by: a table of gold answers, the sampler of a judge, or nothing.
pub trait Evidence: Sized {
    /// Reads it from the node's inputs.
    ///
    /// # Errors
    /// An input that is missing or cannot be read.
    fn open(ctx: &NodeContext<'_>, lab: &mut Lab) -> Result<Self, StageError>;
}

/// No evidence: the node's inputs are not read.
impl Evidence for () {
    fn open(_ctx: &NodeContext<'_>, _lab: &mut Lab) -> Result<Self, StageError> {
        Ok(())
    }
}
