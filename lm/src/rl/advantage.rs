//! Advantage estimators: from one reward per response, and the KL of its tokens to the reference, to one advantage per
//! token.
//!
//! Notation: response `i` has reward `r_i`, tokens `t`, KL estimates `k_it` and belongs to group `g` (the responses to
//! one prompt). `beta` weighs the KL penalty inside the reward; 0 where it is a term of the loss, or nothing. `k_it` is
//! then used for its length alone. Advantages are not clipped and are constants to the optimizer.

use super::groups::{Groups, Moments};

pub use super::groups::Deviation;

/// Added to the standard deviation of a group, so that equal rewards give advantages of 0 instead of a division by 0.
const EPSILON: f64 = 1e-8;
/// Least variance that a batch is normalised by: returns that differ only by the noise of their KL stay small
/// (OpenRLHF's clamp).
const LEAST_VARIANCE: f64 = 1e-8;

/// Reinforce++ (Hu 2025, arXiv:2501.03262): undiscounted returns of the token rewards, normalised over the batch.
///
/// `R_it = r_i - beta * sum_{s >= t} k_is`, `A_it = (R_it - mean(R)) / sqrt(max(var(R), 1e-8))`, mean and variance over
/// all response tokens of the batch.
pub fn reinforce_pp(rewards: &[f32], kl: &[Vec<f32>], beta: f32) -> Vec<Vec<f32>> {
    normalised(returns(&wide(rewards), kl, beta))
}

/// Reinforce++-baseline (arXiv:2501.03262): the mean reward of the group is subtracted before the returns.
///
/// `R_it = (r_i - mean_g(r)) - beta * sum_{s >= t} k_is`, normalised as in [`reinforce_pp`].
pub fn reinforce_pp_baseline(rewards: &[f32], groups: &[usize], kl: &[Vec<f32>], beta: f32) -> Vec<Vec<f32>> {
    let centred = within(&wide(rewards), groups, |reward, group| reward - group.mean());
    normalised(returns(&centred, kl, beta))
}

/// GRPO (Shao et al. 2024, arXiv:2402.03300, section 4.1.2): rewards standardised within their group.
///
/// `A_it = (r_i - mean_g(r)) / (std_g(r) + 1e-8) - beta * sum_{s >= t} k_is`. The paper has the KL in the loss, that is
/// `beta = 0` here. Inside the reward it is subtracted *after* the standardisation (as in OpenRLHF): before it, a group
/// of equal rewards would have its KL noise blown up to advantages of 1 or 2.
pub fn grpo(rewards: &[f32], groups: &[usize], kl: &[Vec<f32>], beta: f32, deviation: Deviation) -> Vec<Vec<f32>> {
    let standardised = within(&wide(rewards), groups, |reward, group| {
        (reward - group.mean()) / (group.deviation(deviation) + EPSILON)
    });
    narrow(returns(&standardised, kl, beta))
}

/// Dr. GRPO (Liu et al. 2025, arXiv:2503.20783): centred within the group, not divided by its deviation.
///
/// `A_it = r_i - mean_g(r) - beta * sum_{s >= t} k_is`; the paper has no KL.
pub fn dr_grpo(rewards: &[f32], groups: &[usize], kl: &[Vec<f32>], beta: f32) -> Vec<Vec<f32>> {
    let centred = within(&wide(rewards), groups, |reward, group| reward - group.mean());
    narrow(returns(&centred, kl, beta))
}

/// RLOO (Ahmadian et al. 2024, arXiv:2402.14740, equation 8): the baseline is the mean of the group's other responses.
///
/// `R_i = r_i - beta * sum_t k_it`, `A_it = R_i - sum_{j in g, j != i} R_j / (n_g - 1)`; 0 for a response that is alone
/// in its group.
pub fn rloo(rewards: &[f32], groups: &[usize], kl: &[Vec<f32>], beta: f32) -> Vec<Vec<f32>> {
    let penalty = |kl: &Vec<f32>| f64::from(beta) * kl.iter().map(|k| f64::from(*k)).sum::<f64>();
    let penalised: Vec<f64> = rewards
        .iter()
        .zip(kl)
        .map(|(r, kl)| f64::from(*r) - penalty(kl))
        .collect();
    let advantages = within(&penalised, groups, leave_one_out);
    narrow(returns(&advantages, kl, 0.0))
}

/// RLOO with the KL per token and normalised over the batch, as in OpenRLHF.
///
/// `R_it = r_i - sum_{j in g, j != i} r_j / (n_g - 1) - beta * sum_{s >= t} k_is`, normalised as in [`reinforce_pp`].
pub fn rloo_normalised(rewards: &[f32], groups: &[usize], kl: &[Vec<f32>], beta: f32) -> Vec<Vec<f32>> {
    normalised(returns(&within(&wide(rewards), groups, leave_one_out), kl, beta))
}

fn leave_one_out(reward: f64, group: Moments) -> f64 {
    match group.count {
        0 | 1 => 0.0,
        count => reward - (group.sum - reward) / (count - 1) as f64,
    }
}

fn wide(rewards: &[f32]) -> Vec<f64> {
    rewards.iter().map(|reward| f64::from(*reward)).collect()
}

fn narrow(advantages: Vec<Vec<f64>>) -> Vec<Vec<f32>> {
    let response = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
    advantages.into_iter().map(response).collect()
}

/// Each reward as a function of its group.
fn within(rewards: &[f64], groups: &[usize], advantage: impl Fn(f64, Moments) -> f64) -> Vec<f64> {
    let moments = Groups::new(rewards, groups);
    let rewards = rewards.iter().enumerate();
    rewards.map(|(i, reward)| advantage(*reward, moments.of(i))).collect()
}

/// `R_it = r_i - beta * sum_{s >= t} k_is`
fn returns(rewards: &[f64], kl: &[Vec<f32>], beta: f32) -> Vec<Vec<f64>> {
    let response = |(reward, kl): (&f64, &Vec<f32>)| {
        let mut rest = *reward;
        let mut to_go = |k: &f32| {
            rest -= f64::from(beta) * f64::from(*k);
            rest
        };
        let mut values: Vec<f64> = kl.iter().rev().map(&mut to_go).collect();
        values.reverse();
        values
    };
    rewards.iter().zip(kl).map(response).collect()
}

fn normalised(returns: Vec<Vec<f64>>) -> Vec<Vec<f32>> {
    let count = returns.iter().map(Vec::len).sum::<usize>().max(1) as f64;
    let mean = returns.iter().flatten().sum::<f64>() / count;
    let squares = returns.iter().flatten().map(|value| (value - mean).powi(2));
    let scale = (squares.sum::<f64>() / count).max(LEAST_VARIANCE).sqrt();
    let response = |values: Vec<f64>| values.into_iter().map(|value| (value - mean) / scale).collect();
    narrow(returns.into_iter().map(response).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(got: &[Vec<f32>], expected: &[&[f32]]) {
        assert_eq!(got.len(), expected.len());
        for (got, expected) in got.iter().zip(expected) {
            assert_eq!(got.len(), expected.len());
            for (got, expected) in got.iter().zip(*expected) {
                assert!((got - expected).abs() < 1e-5, "{got}, expected {expected}");
            }
        }
    }

    #[test]
    fn reinforce_pp_by_hand() {
        // Returns with beta 0.5: [1 - 0.5 * (1 + 1), 1 - 0.5] = [0, 0.5] and [0]; mean 1/6, variance 1/18.
        let got = reinforce_pp(&[1.0, 0.0], &[vec![1.0, 1.0], vec![0.0]], 0.5);
        let deviation = (1.0f32 / 18.0).sqrt();
        let low = -(1.0 / 6.0) / deviation;
        close(&got, &[&[low, (1.0 / 3.0) / deviation], &[low]]);
    }

    #[test]
    fn reinforce_pp_baseline_by_hand() {
        // Group means 0.5 and 1: centred 0.5, -0.5, 0; mean 0, variance 0.5 / 3.
        let kl = vec![vec![0.0]; 3];
        let got = reinforce_pp_baseline(&[1.0, 0.0, 1.0], &[7, 7, 2], &kl, 0.1);
        let deviation = (0.5f32 / 3.0).sqrt();
        close(&got, &[&[0.5 / deviation], &[-0.5 / deviation], &[0.0]]);
    }

    #[test]
    fn group_estimators_by_hand() {
        let (rewards, groups) = ([1.0, 0.0, 0.0, 1.0], [0, 0, 0, 1]);
        let kl = vec![vec![0.0, 0.0], vec![0.0], vec![0.0], vec![0.0]];
        let (high, low) = (2.0 / 3.0, -1.0 / 3.0);
        // mean 1/3, sum of squares 2/3
        for (kind, variance) in [(Deviation::Population, 2.0f32 / 9.0), (Deviation::Sample, 1.0 / 3.0)] {
            let (z_high, z_low) = (high / variance.sqrt(), low / variance.sqrt());
            close(
                &grpo(&rewards, &groups, &kl, 0.0, kind),
                &[&[z_high, z_high], &[z_low], &[z_low], &[0.0]],
            );
        }
        close(
            &dr_grpo(&rewards, &groups, &kl, 0.0),
            &[&[high, high], &[low], &[low], &[0.0]],
        );
        close(
            &rloo(&rewards, &groups, &kl, 0.0),
            &[&[1.0, 1.0], &[-0.5], &[-0.5], &[0.0]],
        );
    }

    #[test]
    fn kl_in_the_reward_by_hand() {
        let (rewards, groups, kl) = ([1.0, 1.0], [0, 0], [vec![1.0, 1.0], vec![0.0]]);
        // Per token: the KL from here to the end of the response.
        close(&dr_grpo(&rewards, &groups, &kl, 0.25), &[&[-0.5, -0.25], &[0.0]]);
        // In the response's reward, before the baseline.
        close(&rloo(&rewards, &groups, &kl, 0.25), &[&[-0.5, -0.5], &[0.5]]);
        // Per token, then normalised: returns -0.5, -0.25, 0; mean -0.25, variance 1/24.
        let z = 0.25 * 24f32.sqrt();
        close(&rloo_normalised(&rewards, &groups, &kl, 0.25), &[&[-z, 0.0], &[z]]);
    }

    #[test]
    fn the_noise_of_kl_never_becomes_an_advantage_in_a_unanimous_group() {
        let kl: Vec<Vec<f32>> = (0..16).map(|i| vec![0.05 * (i as f32 - 7.5) / 7.5; 4]).collect();
        let (rewards, groups) = ([1.0; 16], [0; 16]);
        for beta in [1e-4, 1e-2] {
            let bound = beta * 0.05 * 4.0 * 1.001;
            let group = grpo(&rewards, &groups, &kl, beta, Deviation::Population);
            assert!(group.iter().flatten().all(|a| a.abs() <= bound));
        }
        // Returns that differ by less than the least deviation of 1e-4 are not blown up either.
        let batch = reinforce_pp(&rewards, &kl, 1e-6);
        assert!(batch.iter().flatten().all(|a| a.abs() < 0.01));
    }

    proptest! {
        #[test]
        fn normalised_advantages_have_mean_0_and_deviation_1(rewards in prop::collection::vec(0.0f32..1.0, 2..20)) {
            prop_assume!(rewards.iter().any(|reward| (reward - rewards[0]).abs() > 1e-2));
            let kl = vec![vec![0.0]; rewards.len()];
            let advantages = reinforce_pp(&rewards, &kl, 0.0).concat();
            let n = advantages.len() as f32;
            let mean = advantages.iter().sum::<f32>() / n;
            let variance = advantages.iter().map(|a| (a - mean).powi(2)).sum::<f32>() / n;
            prop_assert!(mean.abs() < 1e-4 && (variance - 1.0).abs() < 1e-3);
        }

        #[test]
        fn centred_advantages_of_a_group_add_to_0(rewards in prop::collection::vec(0.0f32..1.0, 2..20)) {
            let (kl, groups) = (vec![vec![0.0]; rewards.len()], vec![0; rewards.len()]);
            let standardised = grpo(&rewards, &groups, &kl, 0.0, Deviation::Sample);
            for advantages in [
                standardised,
                dr_grpo(&rewards, &groups, &kl, 0.0),
                rloo(&rewards, &groups, &kl, 0.0),
            ] {
                prop_assert!(advantages.concat().iter().sum::<f32>().abs() < 1e-3);
            }
        }
    }
}
