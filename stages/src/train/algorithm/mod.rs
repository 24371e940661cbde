//! How rewards become a loss.
//!
//! To add an algorithm: a file with a type that implements [`Algorithm`], and a line in the list below.

mod policy_gradient;
#[cfg(test)]
mod toy;

use serde::{Deserialize, Serialize};
use serl_lm::{TokenObjective, TokenScores};

use super::round::Round;
use crate::error::StageError;

/// The scores of a round's responses that must be known before the first step. Others are not computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// Scores under the policy that sampled.
    pub old: bool,
    /// Scores under the reference policy.
    pub reference: bool,
}

/// Scores of a round's responses, by their numbers; empty where the algorithm does not need them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scores {
    /// Under the policy that sampled, as the trainer computes them.
    pub old: Vec<TokenScores>,
    /// Log-probabilities under the reference policy, in nats.
    pub reference: Vec<Vec<f32>>,
}

/// The coefficients of `[train]` that losses use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficients {
    /// `train.clip`
    pub clip: f32,
    /// `train.kl_coef`
    pub kl_coef: f32,
}

/// A way to learn from rewarded responses.
pub trait Algorithm {
    /// The scores that it needs before the first step.
    fn needs(&self) -> Needs;

    /// What each response, or each pair, is worth: fixed for the round.
    ///
    /// # Errors
    /// A round that nothing can be learned from.
    fn prepare<'r>(&self, round: &'r Round, scores: &'r Scores) -> Result<Box<dyn Targets + 'r>, StageError>;
}

/// What a round's responses are worth to an algorithm.
pub trait Targets {
    /// Numbers of the responses that are trained on, those that one term of the loss couples together. A unit lies
    /// within a group, and neither steps nor micro-batches cut it apart.
    fn units(&self) -> Vec<Vec<usize>>;

    /// The loss of a step over the responses `members`, in the order in which they were drawn.
    fn objective<'t>(&'t self, members: &'t [usize]) -> Box<dyn StepObjective + 't>;
}

/// The loss of one optimizer step.
pub trait StepObjective {
    /// Loss and gradient of each response of a unit, given as its number and the log-probabilities of its tokens.
    fn evaluate(&self, unit: &[(usize, &[f32])]) -> Vec<TokenObjective>;

    /// The algorithm's own figures of the step, by name, once all units have been evaluated.
    fn figures(&self) -> Vec<(&'static str, f64)>;
}

/// `train.algorithm`, one variant for each algorithm, and the constructor of each.
macro_rules! algorithms {
    ($($(#[doc = $doc:literal])* $(#[cfg($cfg:meta)])? $name:ident => $open:path),+ $(,)?) => {
        /// How rewards become a loss.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum AlgorithmName { $($(#[doc = $doc])* $(#[cfg($cfg)])? $name),+ }

        impl AlgorithmName {
            /// The algorithm of this name.
            pub fn open(self, coefficients: Coefficients) -> Box<dyn Algorithm> {
                match self { $($(#[cfg($cfg)])? Self::$name => Box::new($open(coefficients))),+ }
            }
        }
    };
}

algorithms! {
    /// Reinforce++ (arXiv 2501.03262): KL in the reward, undiscounted returns, normalised over the batch.
    ReinforcePp => policy_gradient::reinforce_pp,
    /// Reinforce++ with the group's mean reward as baseline before the normalisation.
    ReinforcePpBaseline => policy_gradient::reinforce_pp_baseline,
    /// GRPO (arXiv 2402.03300): reward standardised within its group.
    Grpo => policy_gradient::grpo,
    /// Dr. GRPO (arXiv 2503.20783): reward centred within its group, not scaled.
    DrGrpo => policy_gradient::dr_grpo,
    /// RLOO (arXiv 2402.14740): reward minus the mean of the other responses.
    Rloo => policy_gradient::rloo,
    /// DPO on pairs of a rewarded and an unrewarded response; in tests only.
    #[cfg(test)]
    ToyPairs => toy::pairs,
}
