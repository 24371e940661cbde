//! The trait of rewards: rules from groups to verdicts.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serl_answers::Method;
use serl_answers::vote::{Ballot, Outcome};
use serl_artifacts::tables::{Prompt, Response};

use super::evidence::{Evidence, File};
use crate::answers::reading::Reading;
use crate::config::checker::Checker;
use crate::error::StageError;
use crate::sampling::work::Work;
use crate::stage::at::At;

/// An instruction with its responses and the answers read from them: all that a reward may judge by, besides its
/// evidence. It contains no gold answer.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// The instruction and the prompt that put it to the policy.
    pub prompt: &'a Prompt,
    /// The responses.
    pub responses: &'a [Response],
    /// The answer read from each response.
    pub readings: &'a [Reading],
    /// The answers, counted.
    pub outcome: &'a Outcome,
    /// The extraction methods of the configuration, for rewards that read responses in their own way.
    pub order: &'a [Method],
}

impl Judged<'_> {
    /// The vote of each response: its answer, none where it has none.
    pub fn ballots(&self) -> Vec<Option<Ballot>> {
        self.readings.iter().map(Reading::ballot).collect()
    }
}

/// The worth of a group's responses.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// A reward for each response. `None` if the group cannot be judged: it is not trained on.
    pub rewards: Option<Vec<f32>>,
    /// Mean reward on a scale of 0 to 1, which the dual-end difficulty filter compares with `train.bounds`; `r_mean` of
    /// the paper.
    pub r_mean: f32,
    /// The vote, where the reward counts it otherwise than by equal answers; the table `votes` has this one.
    pub vote: Option<Outcome>,
}

impl Verdict {
    /// Responses of these rewards, each within 0..=1.
    pub fn of(rewards: Vec<f32>) -> Self {
        Self {
            r_mean: rewards.iter().sum::<f32>() / rewards.len().max(1) as f32,
            rewards: Some(rewards),
            vote: None,
        }
    }

    /// The group cannot be judged.
    pub const fn none() -> Self {
        Self {
            rewards: None,
            r_mean: 0.0,
            vote: None,
        }
    }
}

/// A rule that rewards responses.
pub trait Reward: Clone + PartialEq + std::fmt::Debug + Default + Serialize + DeserializeOwned + 'static {
    /// What it judges by, besides the responses. With `()`, a reward has no access to a gold answer or to another
    /// model.
    type Evidence: Evidence<Self> + 'static;

    /// Refuses its values that are out of range.
    fn check(&self, _checker: &mut Checker) {}

    /// The files and folders that its evidence is read from. They are inputs of the node, so their content is in its
    /// key.
    fn files(&self) -> Vec<File> {
        Vec::new()
    }

    /// The same reward as it enters a key: without paths, since the content of files is there already, and without what
    /// its other settings leave unread.
    #[must_use]
    fn in_key(&self) -> Self {
        self.clone()
    }

    /// The version of its own code, which is raised when it judges otherwise by the same settings; none: it has none,
    /// and shares that of the stage. Raising this one leaves the keys of runs with other rewards as they are.
    fn code_version(&self) -> Option<u32> {
        None
    }

    /// The models that it asks: each is its file of that name or, without such a file, the policy that responded. A
    /// node whose reward asks a model has the samplers in its key.
    fn models(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Whether it draws random numbers, as one that samples from a model does. Its node then has a seed.
    fn draws(&self) -> bool {
        !self.models().is_empty()
    }

    /// One verdict for each group, in order. Lengthy work is kept in parts of `work`.
    ///
    /// # Errors
    /// Evidence that cannot be read or asked, an interruption.
    fn judge(
        &self,
        at: At,
        groups: &[Judged<'_>],
        evidence: Self::Evidence,
        work: &dyn Work,
    ) -> Result<Vec<Verdict>, StageError>;
}
