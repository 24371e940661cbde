//! The weight of the KL penalty, where it is adapted to a target.

use serl_artifacts::tables::TrainFigure;
use serl_lm::rl::kl::k1;

use super::algorithm::Scores;
use crate::config::TrainConfig;

/// Name of the figure that has the weight of a step.
pub(super) const FIGURE: &str = "kl_coef";

/// How far the KL may be from its target, relative to it, before the correction is the largest.
const LARGEST: f64 = 0.2;

/// The weight in a round, given that of the round before and what was measured since: the proportional controller in
/// log space of Ziegler et al. 2019 (arXiv 1909.08593, section 2.2),
/// `beta * (1 + clip(KL / target - 1, -0.2, 0.2) * responses / horizon)`, with the KL per token.
pub(super) fn adapted(before: f64, kl: f64, responses: usize, train: &TrainConfig) -> f64 {
    let error = (kl / f64::from(train.kl_target) - 1.0).clamp(-LARGEST, LARGEST);
    // A round of more responses than the horizon must not turn the weight negative.
    let step = (responses as f64 / f64::from(train.kl_horizon)).min(1.0);
    before * (1.0 + error * step)
}

/// The last weight that the round before noted; `train.kl_coef` in the first round.
pub(super) fn last(figures: &[TrainFigure], train: &TrainConfig) -> f64 {
    let noted = figures.iter().rfind(|figure| figure.name == FIGURE);
    noted.map_or(f64::from(train.kl_coef), |figure| figure.value)
}

/// The mean KL per token of the policy from the reference policy, on a round's responses (k1).
pub(super) fn measured(scores: &Scores) -> f64 {
    let both = scores.old.iter().zip(&scores.reference);
    let all: Vec<f32> = both.flat_map(|(old, reference)| k1(&old.logprobs, reference)).collect();
    all.iter().map(|&value| f64::from(value)).sum::<f64>() / all.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn train() -> TrainConfig {
        TrainConfig {
            kl_coef: 0.1,
            kl_target: 0.5,
            kl_horizon: 1000,
            ..TrainConfig::default()
        }
    }

    #[test]
    fn weights_follow_the_kl_by_bounded_steps() {
        let of = |kl, responses| adapted(0.1, kl, responses, &train());
        assert!((of(0.5, 100) - 0.1).abs() < 1e-15);
        // 10 % above the target, a tenth of the horizon: 1 + 0.1 * 0.1.
        assert!((of(0.55, 100) - 0.101).abs() < 1e-12);
        assert!((of(50.0, 100) - 0.102).abs() < 1e-12);
        assert!((of(-1.0, 100) - 0.098).abs() < 1e-12);
        assert!((of(50.0, 1_000_000) - 0.12).abs() < 1e-12);
    }

    #[test]
    fn the_first_round_has_the_weight_of_the_configuration() {
        let figure = |name: &str, value| TrainFigure {
            iteration: 1,
            round: 0,
            step: 0,
            name: name.into(),
            value,
        };
        assert!((last(&[], &train()) - 0.1).abs() < 1e-6);
        assert_eq!(
            last(
                &[figure(FIGURE, 0.3), figure(FIGURE, 0.2), figure("loss", 9.0)],
                &train()
            ),
            0.2
        );
    }
}
