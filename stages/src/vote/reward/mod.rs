//! Rewards: groups in, verdicts out.
//!
//! To add a reward: a file with a type that implements [`Reward`], and a line in the list below. Its fields are keys of
//! the section `[reward]`.

mod evidence;
mod majority;
mod rule;
#[cfg(test)]
mod toy;

pub use evidence::{Evidence, File};
pub use majority::Majority;
pub use rule::{Judged, Reward, Verdict};

use serde::{Deserialize, Serialize};
use serl_pipeline::NodeContext;

use crate::error::StageError;
use crate::sampling::work::Work;
use crate::stage::at::At;
use crate::stage::lab::Lab;

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
