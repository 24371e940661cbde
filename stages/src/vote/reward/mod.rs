//! Rewards: groups in, verdicts out.
//!
//! To add a reward: a file with a type that implements [`Reward`], and a line in the list below. Its fields are keys of
//! the section `[reward]`.

mod evidence;
mod judge;
mod majority;
mod method;
mod rule;

pub use evidence::{Evidence, File, FileKind};
pub use judge::Judge;
pub use majority::Majority;
pub use method::{Judged, Reward, Verdict};
pub use rule::Rule;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serl_pipeline::NodeContext;

use crate::config::violation::Violation;
use crate::error::StageError;
use crate::sampling::work::Work;
use crate::stage::at::At;
use crate::stage::lab::Lab;

/// The section `[reward]`, one variant for each reward, and the methods that all of them have.
macro_rules! rewards {
    ($($(#[doc = $doc:literal])* $name:ident($reward:ty)),+ $(,)?) => {
        /// `[reward]`: what a response is worth. The key `kind` chooses the rule; the other keys belong to that rule.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum RewardConfig { $($(#[doc = $doc])* $name($reward)),+ }

        impl RewardConfig {
            /// [`Reward::files`]
            pub fn files(&self) -> Vec<File> {
                match self { $(Self::$name(reward) => reward.files()),+ }
            }

            /// [`Reward::violations`]
            pub(crate) fn violations(&self) -> Vec<Violation> {
                match self { $(Self::$name(reward) => reward.violations()),+ }
            }

            /// [`Reward::without_paths`]
            pub(crate) fn without_paths(&self) -> Self {
                match self { $(Self::$name(reward) => Self::$name(reward.without_paths())),+ }
            }

            /// [`Reward::samples`]
            pub(crate) fn samples(&self) -> bool {
                match self { $(Self::$name(reward) => reward.samples()),+ }
            }

            /// [`Reward::judge`], with the evidence that the node's inputs hold.
            pub(crate) fn judge(
                &self,
                at: At,
                groups: &[Judged<'_>],
                (lab, sampler): (&mut Lab, &Value),
                ctx: &NodeContext<'_>,
                work: &dyn Work,
            ) -> Result<Vec<Verdict>, StageError> {
                match self {
                    $(Self::$name(reward) => {
                        reward.judge(at, groups, Evidence::open(ctx, lab, sampler)?, work)
                    })+
                }
            }
        }
    };
}

rewards! {
    /// Agreeing with the majority answer is worth 1, all else 0.
    Majority(Majority),
    /// The score that a model gives, divided by the highest one.
    Judge(Judge),
    /// Agreeing with gold answers of the user is worth 1, all else 0.
    Rule(Rule),
}

impl Default for RewardConfig {
    fn default() -> Self {
        Self::Majority(Majority::default())
    }
}
