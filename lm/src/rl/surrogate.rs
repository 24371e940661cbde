//! Losses of policy gradients: what an advantage does to a policy that has changed since it sampled.
//!
//! Per token, `w = exp(log p - log p_old)` is the importance ratio and `A` the advantage; a term is to be maximised.

use super::aggregation::{Aggregation, Size};
use super::kl;
use crate::{Objective, Tally, TokenObjective};

/// How the ratio enters a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `min(w A, clip(w) A)`: PPO (Schulman et al. 2017, arXiv:1707.06347, equation 7).
    Clipped,
    /// The same with one ratio for the response, `w_i = exp(mean_t(log p_it - log p_old_it))`: GSPO (Zheng et al. 2025,
    /// arXiv:2507.18071, equations 5 to 7).
    Sequence,
    /// `constant(clip(w)) A log p`: the clip bounds the weight of a token and never takes its gradient away; CISPO
    /// (MiniMax 2025, arXiv:2506.13585, equations 4 and 5).
    ClippedWeight,
}

/// A loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LossConfig {
    /// How the ratio enters.
    pub kind: Kind,
    /// The ratio is kept within `1 - clip[0] ..= 1 + clip[1]`; a higher upper bound lets unlikely tokens rise
    /// (clip-higher of DAPO, arXiv:2503.14476, equation 10).
    pub clip: [f32; 2],
    /// Terms of negative advantages are kept above `dual_clip * A` (Ye et al. 2020, arXiv:1912.09729, equation 5).
    pub dual_clip: Option<f32>,
    /// The weight of a token.
    pub aggregation: Aggregation,
    /// A KL term of the loss: its estimator and its weight.
    pub kl: Option<(kl::Estimator, f32)>,
    /// Terms are weighed by `min(p_old / p_sampler, cap)`, which corrects a sampler that computes other probabilities
    /// than the trainer (truncated importance sampling, Yao et al. 2025, "Your Efficient RL Framework Secretly Brings
    /// You Off-Policy RL Training").
    pub mismatch_cap: Option<f32>,
}

impl LossConfig {
    /// PPO's clipped surrogate, averaged over tokens.
    pub fn ppo(clip: f32) -> Self {
        Self {
            kind: Kind::Clipped,
            clip: [clip; 2],
            dual_clip: None,
            aggregation: Aggregation::TokenMean,
            kl: None,
            mismatch_cap: None,
        }
    }
}

/// What is known of a response before the step: one number of each per token.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Log-probabilities under the policy that sampled, as the trainer computes them.
    pub old: &'a [f32],
    /// The same as the sampler computed them, if it said so.
    pub sampled: Option<&'a [f32]>,
    /// Log-probabilities under the reference policy; read only for a KL term.
    pub reference: &'a [f32],
    /// Advantages.
    pub advantages: &'a [f32],
}

/// Figures of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Statistics {
    /// Share of response tokens that the clip has changed.
    pub clip_fraction: f64,
    /// Largest importance ratio.
    pub ratio_max: f64,
    /// Mean of the KL term per token, without its weight, in nats.
    pub kl: f64,
    /// Mean weight by which terms were corrected for the sampler's mismatch.
    pub mismatch_weight: f64,
}

/// Names in a [`Tally`].
const TOKENS: &str = "tokens";
const CLIPPED: &str = "clipped";
const RATIO: &str = "ratio";
const KL: &str = "kl";
const WEIGHT: &str = "weight";

impl Statistics {
    /// The figures of the responses that `tally` has seen.
    pub fn of(tally: &Tally) -> Self {
        let tokens = tally.sum(TOKENS).max(1.0);
        Self {
            clip_fraction: tally.sum(CLIPPED) / tokens,
            ratio_max: tally.peak(RATIO),
            kl: tally.sum(KL) / tokens,
            mismatch_weight: tally.sum(WEIGHT) / tokens,
        }
    }
}

/// The loss of one step.
#[derive(Debug)]
pub struct PolicyLoss {
    config: LossConfig,
    size: Size,
}

/// A term of a token: its value, its derivative with respect to the log of the ratio, and whether the clip changed it.
type Term = (f64, f64, bool);

impl PolicyLoss {
    /// The loss of a step of this size.
    pub fn new(config: LossConfig, size: Size) -> Self {
        Self { config, size }
    }

    /// Loss and gradient of a response whose tokens have these `logprobs` now; [`Statistics`] are counted in `tally`.
    pub fn response(&self, logprobs: &[f32], known: Known<'_>, tally: &mut Tally) -> TokenObjective {
        let mut objective = self.surrogate(logprobs, known, tally);
        if let Some((estimator, beta)) = self.config.kl {
            let weight = self.config.aggregation.weight(self.size, logprobs.len());
            let tokens = logprobs.iter().zip(known.reference);
            for ((p, q), gradient) in tokens.zip(&mut objective.gradient) {
                let (value, slope) = estimator.value_and_slope(*p, *q);
                tally.add(KL, value);
                objective.loss += weight * f64::from(beta) * value;
                *gradient += (weight * f64::from(beta) * slope) as f32;
            }
        }
        tally.add(TOKENS, logprobs.len() as f64);
        objective
    }

    fn surrogate(&self, logprobs: &[f32], known: Known<'_>, tally: &mut Tally) -> TokenObjective {
        let weight = self.config.aggregation.weight(self.size, logprobs.len());
        let difference = |(p, old): (&f32, &f32)| f64::from(*p) - f64::from(*old);
        let differences: Vec<f64> = logprobs.iter().zip(known.old).map(difference).collect();
        let mean = differences.iter().sum::<f64>() / differences.len().max(1) as f64;
        let (mut loss, mut slopes) = (0.0, Vec::with_capacity(differences.len()));
        for (i, difference) in differences.iter().enumerate() {
            let ratio = match self.config.kind {
                Kind::Sequence => mean.exp(),
                Kind::Clipped | Kind::ClippedWeight => difference.exp(),
            };
            let correction = self.correction(known, i);
            let (value, slope, clipped) = self.term(ratio, correction * f64::from(known.advantages[i]), logprobs[i]);
            loss -= weight * value;
            slopes.push(-weight * slope);
            tally.raise(RATIO, ratio);
            tally.add(CLIPPED, f64::from(u8::from(clipped)));
            tally.add(WEIGHT, correction);
        }
        if self.config.kind == Kind::Sequence {
            // The ratio is a function of every token alike.
            let shared = slopes.iter().sum::<f64>() / slopes.len().max(1) as f64;
            slopes.fill(shared);
        }
        let gradient = slopes.into_iter().map(|slope| slope as f32).collect();
        TokenObjective { loss, gradient }
    }

    fn term(&self, ratio: f64, advantage: f64, logprob: f32) -> Term {
        let [low, high] = self.config.clip.map(f64::from);
        let bounded = ratio.clamp(1.0 - low, 1.0 + high);
        if self.config.kind == Kind::ClippedWeight {
            let weighted = bounded * advantage;
            return (weighted * f64::from(logprob), weighted, bounded != ratio);
        }
        let (plain, bounded) = (ratio * advantage, bounded * advantage);
        let least = self.config.dual_clip.map(|dual| f64::from(dual) * advantage);
        match least {
            _ if bounded < plain => (bounded, 0.0, true),
            Some(least) if advantage < 0.0 && plain < least => (least, 0.0, true),
            _ => (plain, plain, false),
        }
    }

    /// `min(p_old / p_sampler, cap)` of a token; 1 where nothing is to be corrected.
    fn correction(&self, known: Known<'_>, token: usize) -> f64 {
        let sampled = known.sampled.and_then(|sampled| sampled.get(token));
        match (self.config.mismatch_cap, sampled) {
            (Some(cap), Some(sampled)) => {
                let ratio = (f64::from(known.old[token]) - f64::from(*sampled)).exp();
                ratio.min(f64::from(cap))
            }
            _ => 1.0,
        }
    }
}

/// PPO's clipped surrogate with all its data: the objective of a step, for loops of one's own.
#[derive(Debug)]
pub struct ClippedObjective {
    old: Vec<Vec<f32>>,
    advantages: Vec<Vec<f32>>,
    loss: PolicyLoss,
}

impl ClippedObjective {
    /// An objective for responses with the log-probabilities `old` under the policy that sampled them. Per response,
    /// per token.
    pub fn new(old: Vec<Vec<f32>>, advantages: Vec<Vec<f32>>, clip: f32) -> Self {
        let size = Size {
            responses: old.len(),
            tokens: old.iter().map(Vec::len).sum(),
        };
        Self {
            old,
            advantages,
            loss: PolicyLoss::new(LossConfig::ppo(clip), size),
        }
    }
}

impl Objective for ClippedObjective {
    fn evaluate(&self, unit: &[(usize, &[f32])], tally: &mut Tally) -> Vec<TokenObjective> {
        let of = |(response, logprobs): &(usize, &[f32])| {
            let known = self.old.get(*response).zip(self.advantages.get(*response));
            let (old, advantages) = known.map_or((&[][..], &[][..]), |(old, advantages)| (old, advantages));
            let known = Known {
                old,
                sampled: None,
                reference: &[],
                advantages,
            };
            self.loss.response(logprobs, known, tally)
        };
        unit.iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluate(ratios: &[f32], advantages: &[f32]) -> (TokenObjective, Statistics) {
        let objective = ClippedObjective::new(vec![vec![0.0; ratios.len()]], vec![advantages.to_vec()], 0.2);
        let logprobs: Vec<f32> = ratios.iter().map(|ratio| ratio.ln()).collect();
        let mut tally = Tally::default();
        let evaluated = objective.evaluate(&[(0, &logprobs)], &mut tally).remove(0);
        (evaluated, Statistics::of(&tally))
    }

    #[test]
    fn an_unchanged_policy_has_ratio_1_and_the_plain_policy_gradient() {
        let (objective, statistics) = evaluate(&[1.0, 1.0], &[0.5, -1.0]);
        assert_eq!(objective.gradient, [-0.25, 0.5]);
        assert!((objective.loss - 0.25).abs() < 1e-9);
        assert_eq!((statistics.clip_fraction, statistics.ratio_max), (0.0, 1.0));
    }

    #[test]
    fn the_four_cases_of_the_clip_by_hand() {
        // too high and good, too high and bad, too low and good, too low and bad
        let (objective, statistics) = evaluate(&[1.5, 1.5, 0.5, 0.5], &[1.0, -1.0, 1.0, -1.0]);
        let expected = [0.0, 1.5 / 4.0, -0.5 / 4.0, 0.0];
        for (got, expected) in objective.gradient.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-6);
        }
        // values 1.2, -1.5, 0.5, -0.8 sum to -0.6
        assert!((objective.loss - 0.6 / 4.0).abs() < 1e-6);
        assert_eq!(statistics.clip_fraction, 0.5);
        assert!((statistics.ratio_max - 1.5).abs() < 1e-6);
    }
}
