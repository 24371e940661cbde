//! What a reward judges by, besides the responses.

use serde_json::Value;
use serl_pipeline::NodeContext;

use crate::config::eval::EvalConfig;
use crate::error::StageError;
use crate::stage::lab::Lab;

/// A file or folder of the user that a reward judges by.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Name of the input by which it reaches the node.
    pub input: &'static str,
    /// Its path.
    pub path: String,
    /// What it is.
    pub kind: FileKind,
}

/// What a file or folder of a reward is, and so how it becomes an input.
#[derive(Debug, Clone, PartialEq)]
pub enum FileKind {
    /// A model folder.
    Model,
    /// The folder of a sentence encoder.
    Encoder,
    /// A file that is run.
    Program,
    /// A data set of problems with gold answers, read as these settings say, which becomes a table `problems`.
    Problems(Box<EvalConfig>),
}

/// Evidence in a form that the reward `R` judges by: a table of gold answers, the sampler of a judge, or nothing.
pub trait Evidence<R>: Sized {
    /// Reads it from the node's inputs. `sampler` is the identity of the run's samplers.
    ///
    /// # Errors
    /// An input that is missing or cannot be read.
    fn open(reward: &R, ctx: &NodeContext<'_>, lab: &mut Lab, sampler: &Value) -> Result<Self, StageError>;
}

/// No evidence: the node's inputs are not read.
impl<R> Evidence<R> for () {
    fn open(_reward: &R, _ctx: &NodeContext<'_>, _lab: &mut Lab, _sampler: &Value) -> Result<Self, StageError> {
        Ok(())
    }
}
