//! How rewards become a loss.
//!
//! To add an algorithm: a file with a type that implements [`Algorithm`] (or, for a policy gradient, a line in
//! `presets.rs`), and a line in the list below.

mod dpo;
mod method;
mod outcome;
mod policy_gradient;
mod presets;
mod rft;
mod settings;

pub use method::{Algorithm, Needs, Scores, StepObjective, Surrogate, Targets};
pub use settings::{AggregationName, Coefficients, DeviationName, KlPenalty};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `train.algorithm`, one variant for each algorithm, and the constructor of each.
macro_rules! algorithms {
    ($($(#[doc = $doc:literal])* $name:ident => $open:path),+ $(,)?) => {
        /// How rewards become a loss.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum AlgorithmName { $($(#[doc = $doc])* $name),+ }

        impl AlgorithmName {
            /// The algorithm of this name.
            pub fn open(self, coefficients: Coefficients) -> Box<dyn Algorithm> {
                match self { $(Self::$name => Box::new($open(coefficients))),+ }
            }
        }
    };
}

algorithms! {
    /// Reinforce++ (arXiv 2501.03262): KL in the reward, undiscounted returns, normalised over the batch.
    ReinforcePp => presets::reinforce_pp,
    /// Reinforce++ with the group's mean reward as baseline before the normalisation.
    ReinforcePpBaseline => presets::reinforce_pp_baseline,
    /// GRPO (arXiv 2402.03300): reward standardised within its group, k3 in the loss, mean over responses.
    Grpo => presets::grpo,
    /// DAPO (arXiv 2503.14476): GRPO with a higher upper clip, mean over tokens and no KL.
    Dapo => presets::dapo,
    /// Dr. GRPO (arXiv 2503.20783): reward centred within its group, divided by constants alone; no KL.
    DrGrpo => presets::dr_grpo,
    /// RLOO (arXiv 2402.14740): reward with its KL minus the mean of the other responses, for the whole response.
    Rloo => presets::rloo,
    /// RLOO with the KL per token, normalised over the batch (OpenRLHF).
    RlooNormalised => presets::rloo_normalised,
    /// GSPO (arXiv 2507.18071): one importance ratio per response.
    Gspo => presets::gspo,
    /// CISPO (arXiv 2506.13585): the clip bounds the weight of a token, never its gradient.
    Cispo => presets::cispo,
    /// Rejection fine-tuning on the responses that won (I-RFT).
    Rft => rft::rft,
    /// DPO (arXiv 2305.18290) on pairs of a response that won and one that lost (I-DPO).
    Dpo => dpo::dpo,
}

impl AlgorithmName {
    /// What it scores before the first step, with `train.kl` as given.
    pub fn needs(self, kl: KlPenalty) -> Needs {
        let coefficients = Coefficients {
            kl,
            ..Coefficients::default()
        };
        self.open(coefficients).needs()
    }

    /// Whether it has a KL penalty, with `train.kl` as given.
    pub fn has_kl_penalty(self, kl: KlPenalty) -> bool {
        let needs = self.needs(kl);
        // DPO scores the reference policy for its margin, and nothing else.
        needs.old && needs.reference
    }
}
