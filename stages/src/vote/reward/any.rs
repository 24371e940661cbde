//! Rewards of any kind, behind one trait: what the vote, and a mixture of rewards, ask of them.

use serde_json::Value;
use serl_pipeline::NodeContext;

use super::evidence::File;
use super::method::{Judged, Verdict};
use crate::config::checker::Checker;
use crate::error::StageError;
use crate::sampling::work::Work;
use crate::stage::at::At;
use crate::stage::lab::Lab;

/// A reward that has its evidence: judges groups once.
pub type Opened = Box<dyn FnOnce(At, &[Judged<'_>], &dyn Work) -> Result<Vec<Verdict>, StageError>>;

/// A reward whose kind is known only when a configuration is read. Each method is that of
/// [`Reward`](super::method::Reward) of the same name.
pub trait AnyReward: Sized {
    /// Its name in a configuration.
    fn kind(&self) -> String;

    /// Refuses the values that are out of range.
    fn check(&self, c: &mut Checker);

    /// The files and folders that it judges by.
    fn files(&self) -> Vec<File>;

    /// The same reward as it enters a key.
    #[must_use]
    fn in_key(&self) -> Self;

    /// The version of its own code.
    fn code_version(&self) -> Option<u32>;

    /// The models that it asks.
    fn models(&self) -> Vec<&'static str>;

    /// Whether it draws random numbers.
    fn draws(&self) -> bool;

    /// The reward with the evidence that the node's inputs hold. `sampler` is the identity of the run's samplers.
    ///
    /// # Errors
    /// An input that is missing or cannot be read.
    fn open(&self, ctx: &NodeContext<'_>, lab: &mut Lab, sampler: &Value) -> Result<Opened, StageError>;
}
