//! How rewards become a loss.
//!
//! To add an algorithm: a file with a type that implements [`Algorithm`], and a line in the list below.

mod method;
mod policy_gradient;
#[cfg(test)]
mod toy;

pub use method::{Algorithm, Coefficients, Needs, Scores, StepObjective, Targets};

use serde::{Deserialize, Serialize};

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
