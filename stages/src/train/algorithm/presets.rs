//! The policy-gradient algorithms, each as its paper has it.
//!
//! To add one: a line here and one in the list of algorithms.

use serl_lm::rl::advantage;
use serl_lm::rl::aggregation::Aggregation::{self, SequenceMean, SequenceSum, TokenMean};
use serl_lm::rl::surrogate::Kind;

use super::method::Algorithm;
use super::policy_gradient::{PolicyGradient, Recipe};
use super::settings::{Coefficients, KlPenalty};

/// PPO's clip.
const CLIP: [f32; 2] = [0.2, 0.2];

/// Kind, clip, KL, weight of tokens, advantages. The estimator takes rewards, groups, KL per token, its weight inside
/// the reward and the deviation of groups.
macro_rules! presets {
    ($($name:ident: $kind:ident, $clip:expr, $kl:ident, $aggregation:expr, $estimator:expr;)+) => {
        $(pub(super) fn $name(coefficients: Coefficients) -> impl Algorithm {
            let aggregation: fn(&Coefficients) -> Aggregation = $aggregation;
            PolicyGradient::new(
                Recipe {
                    estimator: $estimator,
                    kind: Kind::$kind,
                    clip: $clip,
                    kl: KlPenalty::$kl,
                    aggregation: aggregation(&coefficients),
                },
                coefficients,
            )
        })+
    };
}

presets! {
    // Hu 2025, arXiv 2501.03262, equations 5 to 9.
    reinforce_pp: Clipped, CLIP, Reward, |_| TokenMean,
        |rewards, _groups, kl, beta, _deviation| advantage::reinforce_pp(rewards, kl, beta);
    reinforce_pp_baseline: Clipped, CLIP, Reward, |_| TokenMean,
        |rewards, groups, kl, beta, _deviation| advantage::reinforce_pp_baseline(rewards, groups, kl, beta);
    // Shao et al. 2024, arXiv 2402.03300, equation 3.
    grpo: Clipped, CLIP, LossK3, |_| SequenceMean, advantage::grpo;
    // Yu et al. 2025, arXiv 2503.14476, equation 8; its clip from section 4.1.
    dapo: Clipped, [0.2, 0.28], None, |_| TokenMean, advantage::grpo;
    // Liu et al. 2025, arXiv 2503.20783, section 3.2.
    dr_grpo: Clipped, CLIP, None, Coefficients::constant,
        |rewards, groups, kl, beta, _deviation| advantage::dr_grpo(rewards, groups, kl, beta);
    // Ahmadian et al. 2024, arXiv 2402.14740, equations 6 and 8.
    rloo: Clipped, CLIP, Reward, |_| SequenceSum,
        |rewards, groups, kl, beta, _deviation| advantage::rloo(rewards, groups, kl, beta);
    rloo_normalised: Clipped, CLIP, Reward, |_| TokenMean,
        |rewards, groups, kl, beta, _deviation| advantage::rloo_normalised(rewards, groups, kl, beta);
    // Zheng et al. 2025, arXiv 2507.18071, equation 5; its clip from section 5.1.
    gspo: Sequence, [3e-4, 4e-4], None, |_| SequenceMean, advantage::grpo;
    // MiniMax 2025, arXiv 2506.13585, equation 4, without a lower bound; the upper one from arXiv 2510.13786.
    cispo: ClippedWeight, [1.0, 5.0], None, |_| TokenMean, advantage::grpo;
}
