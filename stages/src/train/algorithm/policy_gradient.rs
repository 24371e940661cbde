//! PPO's clipped surrogate (arXiv 1707.06347, equation 7) over advantages of five estimators.
//!
//! The KL to the reference policy is a penalty inside the reward, estimated by k1 per token
//! ([`serl_lm::rl::kl::k1`]); advantages are normalised over the whole round where the estimator says so.

use serl_lm::TokenObjective;
use serl_lm::rl::advantage;
use serl_lm::rl::kl::k1;
use serl_lm::rl::ppo::ClippedSurrogate;

use super::method::{Algorithm, Coefficients, Needs, Scores, StepObjective, Targets};
use crate::error::StageError;
use crate::train::moments::moments;
use crate::train::round::Round;

/// From rewards, the group of each and the KL of each token to one advantage per token; the last argument is `beta`.
type Estimator = fn(&[f32], &[usize], &[Vec<f32>], f32) -> Vec<Vec<f32>>;

/// PPO with an estimator of advantages.
struct PolicyGradient {
    estimator: Estimator,
    coefficients: Coefficients,
}

macro_rules! estimator {
    ($name:ident, $estimator:expr) => {
        pub(super) fn $name(coefficients: Coefficients) -> impl Algorithm {
            PolicyGradient {
                estimator: $estimator,
                coefficients,
            }
        }
    };
}

// Reinforce++ alone has no use for groups: it normalises over the batch.
estimator!(reinforce_pp, |rewards, _groups, kl, beta| advantage::reinforce_pp(
    rewards, kl, beta
));
estimator!(reinforce_pp_baseline, advantage::reinforce_pp_baseline);
estimator!(grpo, advantage::grpo);
estimator!(dr_grpo, advantage::dr_grpo);
estimator!(rloo, advantage::rloo);

impl Algorithm for PolicyGradient {
    fn needs(&self) -> Needs {
        Needs {
            old: true,
            reference: true,
        }
    }

    fn prepare<'r>(&self, round: &'r Round, scores: &'r Scores) -> Result<Box<dyn Targets + 'r>, StageError> {
        let both = scores.old.iter().zip(&scores.reference);
        let kl: Vec<Vec<f32>> = both.map(|(old, reference)| k1(&old.logprobs, reference)).collect();
        let rewards: Vec<f32> = round.responses().map(|response| response.reward).collect();
        let groups: Vec<usize> = (0..round.len()).map(|number| round.group_of(number)).collect();
        let advantages = (self.estimator)(&rewards, &groups, &kl, self.coefficients.kl_coef);
        Ok(Box::new(Advantages {
            scores,
            advantages,
            clip: self.coefficients.clip,
        }))
    }
}

/// The advantage of every token of a round.
struct Advantages<'r> {
    scores: &'r Scores,
    /// Per response, per token.
    advantages: Vec<Vec<f32>>,
    clip: f32,
}

impl Targets for Advantages<'_> {
    fn units(&self) -> Vec<Vec<usize>> {
        (0..self.advantages.len()).map(|number| vec![number]).collect()
    }

    fn objective<'t>(&'t self, members: &'t [usize]) -> Box<dyn StepObjective + 't> {
        let tokens = members.iter().map(|&number| self.advantages[number].len()).sum();
        Box::new(Surrogate {
            targets: self,
            members,
            clipped: ClippedSurrogate::new(self.clip, tokens),
        })
    }
}

/// The clipped surrogate of one step.
struct Surrogate<'t> {
    targets: &'t Advantages<'t>,
    members: &'t [usize],
    clipped: ClippedSurrogate,
}

impl StepObjective for Surrogate<'_> {
    fn evaluate(&self, unit: &[(usize, &[f32])]) -> Vec<TokenObjective> {
        let response = |&(number, logprobs): &(usize, &[f32])| {
            let old = &self.targets.scores.old[number].logprobs;
            self.clipped.response(logprobs, old, &self.targets.advantages[number])
        };
        unit.iter().map(response).collect()
    }

    fn figures(&self) -> Vec<(&'static str, f64)> {
        let clipping = self.clipped.statistics();
        let (mean, std) = moments(self.members.iter().flat_map(|&number| &self.targets.advantages[number]));
        vec![
            ("advantage_mean", mean),
            ("advantage_std", std),
            ("clip_fraction", clipping.clip_fraction),
            ("ratio_max", clipping.ratio_max),
        ]
    }
}
