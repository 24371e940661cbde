//! Rewards: groups in, verdicts out.
//!
//! To add a reward: a file with a type that implements [`Reward`], and a line in the list below. Its fields are keys of
//! the section `[reward]`.

mod any;
mod consensus;
mod evidence;
mod judge;
mod majority;
mod method;
mod mixed;
mod random;
mod rule;
#[cfg(test)]
mod testing;

pub use any::{AnyReward, Opened};
pub use consensus::{Compared, Consensus, Equality};
pub use evidence::{Evidence, File, FileKind};
pub use judge::Judge;
pub use majority::{Majority, VoteWeight, Worth};
pub use method::{Judged, Reward, Verdict};
pub use mixed::{Mixed, Part};
pub use random::Random;
pub use rule::Rule;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serl_pipeline::NodeContext;

use crate::config::checker::Checker;
use crate::error::StageError;
use crate::stage::lab::Lab;

/// The section `[reward]`, one variant for each reward, and the methods that all of them have.
macro_rules! rewards {
    ($($(#[doc = $doc:literal])* $name:ident($reward:ty)),+ $(,)?) => {
        /// `[reward]`: what a response is worth. The key `kind` chooses the rule; the other keys belong to that rule.
        #[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum RewardConfig { $($(#[doc = $doc])* $name($reward)),+ }

        impl RewardConfig {
            /// One of each kind.
            pub(crate) fn kinds() -> Vec<Self> {
                vec![$(Self::$name(Default::default())),+]
            }
        }

        impl AnyReward for RewardConfig {
            fn kind(&self) -> String {
                let value = serde_json::to_value(self).unwrap_or_default();
                value["kind"].as_str().unwrap_or_default().to_owned()
            }

            fn check(&self, c: &mut Checker) {
                match self { $(Self::$name(reward) => reward.check(c)),+ }
            }

            fn files(&self) -> Vec<File> {
                match self { $(Self::$name(reward) => reward.files()),+ }
            }

            fn in_key(&self) -> Self {
                match self { $(Self::$name(reward) => Self::$name(reward.in_key())),+ }
            }

            fn code_version(&self) -> Option<u32> {
                match self { $(Self::$name(reward) => reward.code_version()),+ }
            }

            fn models(&self) -> Vec<&'static str> {
                match self { $(Self::$name(reward) => reward.models()),+ }
            }

            fn draws(&self) -> bool {
                match self { $(Self::$name(reward) => reward.draws()),+ }
            }

            fn open(&self, ctx: &NodeContext<'_>, lab: &mut Lab, sampler: &Value) -> Result<Opened, StageError> {
                match self {
                    $(Self::$name(reward) => {
                        let reward = reward.clone();
                        let evidence = Evidence::open(&reward, ctx, lab, sampler)?;
                        Ok(Box::new(move |at, groups, work| reward.judge(at, groups, evidence, work)))
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
    /// Belonging to the largest cluster of answers that mean the same is worth 1, all else 0.
    Consensus(Consensus),
    /// The weighted mean of several rewards.
    Mixed(Mixed<Self>),
    /// Drawn by lot: a control.
    Random(Random),
}

impl Default for RewardConfig {
    fn default() -> Self {
        Self::Majority(Majority::default())
    }
}

#[cfg(test)]
mod tests;
