//! Policy gradients: a surrogate over the advantages of an estimator.
//!
//! The KL to the reference policy is a penalty inside the reward, estimated by k1 per token
//! ([`serl_lm::rl::kl::k1`]), or a term of the loss; advantages are normalised over the whole round where the estimator
//! says so.

use serl_lm::rl::advantage::Deviation;
use serl_lm::rl::aggregation::{Aggregation, Size};
use serl_lm::rl::kl::k1;
use serl_lm::rl::surrogate::{Kind, Known, LossConfig, PolicyLoss, Statistics};
use serl_lm::{Tally, TokenObjective};

use super::method::{Algorithm, Needs, Scores, StepObjective, Surrogate, Targets};
use super::settings::{Coefficients, KlPenalty};
use crate::error::StageError;
use crate::train::moments::moments;
use crate::train::round::Round;

/// From rewards, the group of each, the KL of each token and its weight to one advantage per token.
type Estimator = fn(&[f32], &[usize], &[Vec<f32>], f32, Deviation) -> Vec<Vec<f32>>;

/// An algorithm as its paper has it.
pub(super) struct Recipe {
    pub(super) estimator: Estimator,
    pub(super) kind: Kind,
    /// How far the ratio may fall below and rise above 1.
    pub(super) clip: [f32; 2],
    pub(super) kl: KlPenalty,
    pub(super) aggregation: Aggregation,
}

/// A recipe with the settings of a run.
pub(super) struct PolicyGradient {
    estimator: Estimator,
    deviation: Deviation,
    /// Weight of the KL inside the reward.
    beta: f32,
    loss: LossConfig,
    entropy_coef: f32,
    needs_reference: bool,
}

impl PolicyGradient {
    pub(super) fn new(recipe: Recipe, coefficients: Coefficients) -> Self {
        let kl = coefficients.kl.or(recipe.kl);
        let [low, high] = coefficients.clip.map_or(recipe.clip, |clip| [clip; 2]);
        let beta = coefficients.kl_coef;
        Self {
            estimator: recipe.estimator,
            deviation: coefficients.deviation.into(),
            beta: if kl == KlPenalty::Reward { beta } else { 0.0 },
            loss: LossConfig {
                kind: recipe.kind,
                clip: [low, coefficients.clip_high.unwrap_or(high)],
                dual_clip: coefficients.dual_clip,
                aggregation: coefficients.aggregation(recipe.aggregation),
                kl: kl.estimator().map(|estimator| (estimator, beta)),
                mismatch_cap: coefficients.mismatch_cap,
            },
            entropy_coef: coefficients.entropy_coef,
            needs_reference: kl != KlPenalty::None,
        }
    }
}

impl Algorithm for PolicyGradient {
    fn needs(&self) -> Needs {
        Needs {
            old: true,
            reference: self.needs_reference,
        }
    }

    fn prepare<'r>(&self, round: &'r Round, scores: &'r Scores) -> Result<Box<dyn Targets + 'r>, StageError> {
        let kl = |(number, old): (usize, &serl_lm::TokenScores)| match scores.reference.get(number) {
            Some(reference) => k1(&old.logprobs, reference),
            None => vec![0.0; old.logprobs.len()],
        };
        let kl: Vec<Vec<f32>> = scores.old.iter().enumerate().map(kl).collect();
        let rewards: Vec<f32> = round.responses().map(|response| response.reward).collect();
        let groups: Vec<usize> = (0..round.len()).map(|number| round.group_of(number)).collect();
        Ok(Box::new(Advantages {
            round,
            scores,
            advantages: (self.estimator)(&rewards, &groups, &kl, self.beta, self.deviation),
            loss: self.loss,
            entropy_coef: self.entropy_coef,
        }))
    }
}

/// The advantage of every token of a round.
struct Advantages<'r> {
    round: &'r Round,
    scores: &'r Scores,
    /// Per response, per token.
    advantages: Vec<Vec<f32>>,
    loss: LossConfig,
    entropy_coef: f32,
}

impl Targets for Advantages<'_> {
    fn units(&self) -> Vec<Vec<usize>> {
        (0..self.advantages.len()).map(|number| vec![number]).collect()
    }

    fn objective<'t>(&'t self, members: &'t [usize]) -> Box<dyn StepObjective + 't> {
        let size = Size {
            responses: members.len(),
            tokens: members.iter().map(|&number| self.advantages[number].len()).sum(),
        };
        Box::new(Step {
            targets: self,
            members,
            size,
            loss: PolicyLoss::new(self.loss, size),
        })
    }

    fn surrogate(&self) -> Option<Surrogate<'_>> {
        Some(Surrogate {
            advantages: &self.advantages,
            loss: self.loss,
            entropy_coef: self.entropy_coef,
        })
    }
}

/// The loss of one step.
struct Step<'t> {
    targets: &'t Advantages<'t>,
    members: &'t [usize],
    size: Size,
    loss: PolicyLoss,
}

impl Step<'_> {
    /// Share of the groups in the step of which every member has the advantage 0: they teach nothing.
    fn zero_advantage_groups(&self) -> f64 {
        let mut idle = std::collections::BTreeMap::new();
        for &number in self.members {
            let zero = self.targets.advantages[number]
                .iter()
                .all(|&advantage| advantage == 0.0);
            let of = idle.entry(self.targets.round.group_of(number)).or_insert(true);
            *of &= zero;
        }
        let count = idle.values().filter(|&&zero| zero).count();
        count as f64 / idle.len().max(1) as f64
    }
}

impl StepObjective for Step<'_> {
    fn evaluate(&self, unit: &[(usize, &[f32])], tally: &mut Tally) -> Vec<TokenObjective> {
        let response = |&(number, logprobs): &(usize, &[f32])| {
            let known = Known {
                old: &self.targets.scores.old[number].logprobs,
                sampled: self.targets.round.response(number).policy_logprobs.as_deref(),
                reference: self.targets.scores.reference.get(number).map_or(&[], Vec::as_slice),
                advantages: &self.targets.advantages[number],
            };
            self.loss.response(logprobs, known, tally)
        };
        unit.iter().map(response).collect()
    }

    fn entropy_weight(&self, tokens: usize) -> f32 {
        let weight = self.targets.loss.aggregation.weight(self.size, tokens);
        (f64::from(self.targets.entropy_coef) * weight) as f32
    }

    fn known(&self) -> Vec<(&'static str, f64)> {
        let (mean, std) = moments(self.members.iter().flat_map(|&number| &self.targets.advantages[number]));
        vec![
            ("advantage_mean", mean),
            ("advantage_std", std),
            ("zero_advantage_groups", self.zero_advantage_groups()),
        ]
    }

    fn figures(&self, tally: &Tally) -> Vec<(&'static str, f64)> {
        let statistics = Statistics::of(tally);
        let mut figures = self.known();
        let of_ratios = [
            ("clip_fraction", statistics.clip_fraction),
            ("ratio_max", statistics.ratio_max),
        ];
        figures.splice(2..2, of_ratios);
        if self.targets.loss.kl.is_some() {
            figures.push(("kl_loss", statistics.kl));
        }
        if self.targets.loss.mismatch_cap.is_some() {
            figures.push(("mismatch_weight", statistics.mismatch_weight));
        }
        figures
    }
}
