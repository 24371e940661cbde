//! Rewards: groups in, verdicts out.
//!
//! To add a reward: a file with a type that implements [`Reward`], and a line in the list below. Its fields are keys of
//! the section `[reward]`.

mod evidence;
mod majority;
#[cfg(test)]
mod toy;

pub use evidence::{Evidence, File};
pub use majority::Majority;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serl_artifacts::tables::{Prompt, Response};
use serl_pipeline::NodeContext;

use crate::answers::majority::Outcome;
use crate::answers::reading::Reading;
use crate::error::StageError;
use crate::sampling::work::Work;
use crate::stage::at::At;
use crate::stage::lab::Lab;

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
}

/// The worth of a group's responses.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// A reward for each response. None where nothing can be said: the group is not trained on.
    pub rewards: Option<Vec<f32>>,
    /// Mean reward on a scale of 0 to 1, which the dual-end difficulty filter compares with `train.bounds`; `r_mean` of
    /// the paper.
    pub r_mean: f32,
}

/// A rule that rewards responses.
pub trait Reward: Clone + PartialEq + std::fmt::Debug + Default + Serialize + DeserializeOwned {
    /// What it judges by, besides the responses. With `()`, a reward has no access to a gold answer or to another
    /// model.
    type Evidence: Evidence;

    /// The files and folders that its evidence is read from. They are inputs of the node, so their content is in its
    /// key.
    fn files(&self) -> Vec<File> {
        Vec::new()
    }

    /// The same reward as it enters a key: without paths, since the content of files is there already.
    #[must_use]
    fn without_paths(&self) -> Self {
        self.clone()
    }

    /// Whether it draws anything, as a judge that samples does.
    fn draws(&self) -> bool {
        false
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

/// The section `[reward]`, one variant for each reward, and the methods that all of them have.
macro_rules! rewards {
    ($($(#[doc = $doc:literal])* $(#[cfg($cfg:meta)])? $name:ident($reward:ty)),+ $(,)?) => {
        /// `[reward]`: what a response is worth. The key `kind` chooses the rule; the other keys belong to that rule.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum RewardConfig { $($(#[doc = $doc])* $(#[cfg($cfg)])? $name($reward)),+ }

        impl RewardConfig {
            /// [`Reward::files`]
            pub fn files(&self) -> Vec<File> {
                match self { $($(#[cfg($cfg)])? Self::$name(reward) => reward.files()),+ }
            }

            /// [`Reward::without_paths`]
            pub(crate) fn without_paths(&self) -> Self {
                match self { $($(#[cfg($cfg)])? Self::$name(reward) => Self::$name(reward.without_paths())),+ }
            }

            /// [`Reward::draws`]
            pub(crate) fn draws(&self) -> bool {
                match self { $($(#[cfg($cfg)])? Self::$name(reward) => reward.draws()),+ }
            }

            /// [`Reward::judge`], with the evidence that the node's inputs hold.
            pub(crate) fn judge(
                &self,
                at: At,
                groups: &[Judged<'_>],
                lab: &mut Lab,
                ctx: &NodeContext<'_>,
                work: &dyn Work,
            ) -> Result<Vec<Verdict>, StageError> {
                match self {
                    $($(#[cfg($cfg)])? Self::$name(reward) => {
                        reward.judge(at, groups, Evidence::open(ctx, lab)?, work)
                    })+
                }
            }
        }
    };
}

rewards! {
    /// Agreeing with the majority answer is worth 1, all else 0.
    Majority(Majority),
    /// Agreeing with gold answers; in tests only.
    #[cfg(test)]
    Toy(toy::Toy),
}

impl Default for RewardConfig {
    fn default() -> Self {
        Self::Majority(Majority::default())
    }
}
