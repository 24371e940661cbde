//! The clipped surrogate objective of PPO (Schulman et al. 2017, arXiv:1707.06347, equation 7), averaged over all
//! response tokens of the batch.

use std::cell::Cell;

use crate::{Objective, TokenObjective};

/// `L = -1/N sum_it min(w_it A_it, clip(w_it, 1 - c, 1 + c) A_it)` with `w_it = exp(logprob_it - old_it)` and `N`
/// tokens in all.
///
/// Also counts what was clipped: one surrogate serves one step.
#[derive(Debug)]
pub struct ClippedSurrogate {
    clip: f64,
    tokens: usize,
    clipped: Cell<usize>,
    seen: Cell<usize>,
    ratio_max: Cell<f64>,
}

/// Statistics of the importance ratios of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClipStatistics {
    /// Share of response tokens whose gradient was cut off by the clip.
    pub clip_fraction: f64,
    /// Largest importance ratio.
    pub ratio_max: f64,
}

impl ClippedSurrogate {
    /// The surrogate of a step over `tokens` response tokens.
    pub fn new(clip: f32, tokens: usize) -> Self {
        Self {
            clip: f64::from(clip),
            tokens,
            clipped: Cell::new(0),
            seen: Cell::new(0),
            ratio_max: Cell::new(0.0),
        }
    }

    /// Loss and gradient of a response whose tokens have these `logprobs` now, had those of `old` under the policy that
    /// sampled them, and have these `advantages`; one number of each per token.
    pub fn response(&self, logprobs: &[f32], old: &[f32], advantages: &[f32]) -> TokenObjective {
        let n = self.tokens.max(1) as f64;
        let mut objective = TokenObjective {
            loss: 0.0,
            gradient: Vec::with_capacity(logprobs.len()),
        };
        for ((logprob, old), advantage) in logprobs.iter().zip(old).zip(advantages) {
            let (value, slope) = self.token(*logprob, *old, *advantage);
            objective.loss -= value / n;
            objective.gradient.push((-slope / n) as f32);
        }
        objective
    }

    /// Statistics of the responses so far.
    pub fn statistics(&self) -> ClipStatistics {
        ClipStatistics {
            clip_fraction: self.clipped.get() as f64 / self.seen.get().max(1) as f64,
            ratio_max: self.ratio_max.get(),
        }
    }

    /// Value of `min(w A, clip(w) A)` and its derivative by the log-probability: `w A`, or 0 where the clip is the
    /// smaller.
    fn token(&self, logprob: f32, old: f32, advantage: f32) -> (f64, f64) {
        let ratio = (f64::from(logprob) - f64::from(old)).exp();
        let advantage = f64::from(advantage);
        let plain = ratio * advantage;
        let bounded = ratio.clamp(1.0 - self.clip, 1.0 + self.clip) * advantage;
        self.seen.set(self.seen.get() + 1);
        self.ratio_max.set(self.ratio_max.get().max(ratio));
        if bounded < plain {
            self.clipped.set(self.clipped.get() + 1);
            (bounded, 0.0)
        } else {
            (plain, plain)
        }
    }
}

/// A [`ClippedSurrogate`] with all its data: the objective of a step.
#[derive(Debug)]
pub struct ClippedObjective {
    old: Vec<Vec<f32>>,
    advantages: Vec<Vec<f32>>,
    surrogate: ClippedSurrogate,
}

impl ClippedObjective {
    /// An objective for responses with the log-probabilities `old` under the policy that sampled them. Per response,
    /// per token.
    pub fn new(old: Vec<Vec<f32>>, advantages: Vec<Vec<f32>>, clip: f32) -> Self {
        let tokens = old.iter().map(Vec::len).sum();
        Self {
            old,
            advantages,
            surrogate: ClippedSurrogate::new(clip, tokens),
        }
    }

    /// Statistics of the responses evaluated so far.
    pub fn statistics(&self) -> ClipStatistics {
        self.surrogate.statistics()
    }
}

impl Objective for ClippedObjective {
    fn evaluate(&self, unit: &[(usize, &[f32])]) -> Vec<TokenObjective> {
        let of = |(response, logprobs): &(usize, &[f32])| {
            let known = self.old.get(*response).zip(self.advantages.get(*response));
            let (old, advantages) = known.map_or((&[][..], &[][..]), |(old, advantages)| (old, advantages));
            self.surrogate.response(logprobs, old, advantages)
        };
        unit.iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluate(ratios: &[f32], advantages: &[f32]) -> (TokenObjective, ClipStatistics) {
        let objective = ClippedObjective::new(vec![vec![0.0; ratios.len()]], vec![advantages.to_vec()], 0.2);
        let logprobs: Vec<f32> = ratios.iter().map(|ratio| ratio.ln()).collect();
        (objective.evaluate(&[(0, &logprobs)]).remove(0), objective.statistics())
    }

    #[test]
    fn an_unchanged_policy_has_ratio_1_and_the_plain_policy_gradient() {
        let (objective, statistics) = evaluate(&[1.0, 1.0], &[0.5, -1.0]);
        assert_eq!(objective.gradient, [-0.25, 0.5]);
        assert!((objective.loss - 0.25).abs() < 1e-9);
        assert_eq!(
            statistics,
            ClipStatistics {
                clip_fraction: 0.0,
                ratio_max: 1.0
            }
        );
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

    #[test]
    fn the_gradient_is_the_derivative_of_the_loss() {
        let step = 1e-3;
        for (ratio, advantage) in [(0.9f32, 0.7f32), (1.1, -0.4), (1.4, 0.3), (0.6, -2.0)] {
            let loss = |shift: f32| evaluate(&[ratio * shift.exp()], &[advantage]).0.loss;
            let slope = (loss(step) - loss(-step)) / (2.0 * f64::from(step));
            let gradient = evaluate(&[ratio], &[advantage]).0.gradient[0];
            assert!((slope - f64::from(gradient)).abs() < 1e-3);
        }
    }
}
