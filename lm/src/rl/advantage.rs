//! Advantage estimators: from one reward per response, and the KL of its tokens to the reference, to one advantage per
//! token.
//!
//! Notation: response `i` has reward `r_i`, tokens `t`, KL estimates `k_it` and belongs to group `g` (the responses to
//! one prompt). `beta` weighs the KL penalty inside the reward. Advantages are not clipped and are constants to the
//! optimizer.

use std::collections::BTreeMap;

/// Added to standard deviations, so that equal rewards give advantages of 0 instead of a division by 0.
const EPSILON: f64 = 1e-8;

/// Reinforce++ (Hu 2025, arXiv:2501.03262): undiscounted returns of the token rewards, normalised over the batch.
///
/// `R_it = r_i - beta * sum_{s >= t} k_is`, `A_it = (R_it - mean(R)) / (std(R) + 1e-8)`, mean and standard deviation
/// over all response tokens of the batch.
pub fn reinforce_pp(rewards: &[f32], kl: &[Vec<f32>], beta: f32) -> Vec<Vec<f32>> {
    normalised(returns(rewards.iter().map(|reward| f64::from(*reward)), kl, beta))
}

/// Reinforce++-baseline (arXiv:2501.03262): the mean reward of the group is subtracted before the returns.
///
/// `R_it = (r_i - mean_g(r)) - beta * sum_{s >= t} k_is`, normalised as in [`reinforce_pp`].
pub fn reinforce_pp_baseline(rewards: &[f32], groups: &[usize], kl: &[Vec<f32>], beta: f32) -> Vec<Vec<f32>> {
    let rewards: Vec<f64> = rewards.iter().map(|reward| f64::from(*reward)).collect();
    let groups = Groups::new(&rewards, groups);
    let centred = rewards
        .iter()
        .enumerate()
        .map(|(i, reward)| reward - groups.of(i).mean());
    normalised(returns(centred, kl, beta))
}

/// GRPO (Shao et al. 2024, arXiv:2402.03300): rewards standardised within their group, the same for every token.
///
/// `R_i = r_i - beta * sum_t k_it`, `A_it = (R_i - mean_g(R)) / (std_g(R) + 1e-8)` with the population's standard
/// deviation.
pub fn grpo(rewards: &[f32], groups: &[usize], kl: &[Vec<f32>], beta: f32) -> Vec<Vec<f32>> {
    by_group(rewards, groups, kl, beta, |reward, group| {
        (reward - group.mean()) / (group.deviation() + EPSILON)
    })
}

/// Dr. GRPO (Liu et al. 2025, arXiv:2503.20783): centred within the group, not divided by its deviation.
///
/// `A_it = R_i - mean_g(R)` with `R_i` as in [`grpo`].
pub fn dr_grpo(rewards: &[f32], groups: &[usize], kl: &[Vec<f32>], beta: f32) -> Vec<Vec<f32>> {
    by_group(rewards, groups, kl, beta, |reward, group| reward - group.mean())
}

/// RLOO (Ahmadian et al. 2024, arXiv:2402.14740): the baseline is the mean of the group's other responses.
///
/// `A_it = R_i - sum_{j in g, j != i} R_j / (n_g - 1)` with `R_i` as in [`grpo`]; 0 for a response that is alone in its
/// group.
pub fn rloo(rewards: &[f32], groups: &[usize], kl: &[Vec<f32>], beta: f32) -> Vec<Vec<f32>> {
    by_group(rewards, groups, kl, beta, |reward, group| match group.count {
        0 | 1 => 0.0,
        count => reward - (group.sum - reward) / (count - 1) as f64,
    })
}

/// Sums over a group.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    count: usize,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        self.squares += value * value;
    }

    fn mean(&self) -> f64 {
        self.sum / self.count.max(1) as f64
    }

    fn deviation(&self) -> f64 {
        let variance = self.squares / self.count.max(1) as f64 - self.mean() * self.mean();
        variance.max(0.0).sqrt()
    }
}

struct Groups<'a> {
    groups: &'a [usize],
    moments: BTreeMap<usize, Moments>,
}

impl<'a> Groups<'a> {
    fn new(rewards: &[f64], groups: &'a [usize]) -> Self {
        let mut moments: BTreeMap<usize, Moments> = BTreeMap::new();
        for (reward, group) in rewards.iter().zip(groups) {
            moments.entry(*group).or_default().add(*reward);
        }
        Self { groups, moments }
    }

    fn of(&self, response: usize) -> Moments {
        let group = self.groups.get(response).and_then(|group| self.moments.get(group));
        group.copied().unwrap_or_default()
    }
}

/// `R_it = r_i - beta * sum_{s >= t} k_is`
fn returns(rewards: impl Iterator<Item = f64>, kl: &[Vec<f32>], beta: f32) -> Vec<Vec<f64>> {
    rewards
        .zip(kl)
        .map(|(reward, kl)| {
            let mut rest = reward;
            let mut values: Vec<f64> = kl
                .iter()
                .rev()
                .map(|k| {
                    rest -= f64::from(beta) * f64::from(*k);
                    rest
                })
                .collect();
            values.reverse();
            values
        })
        .collect()
}

fn normalised(returns: Vec<Vec<f64>>) -> Vec<Vec<f32>> {
    let count = returns.iter().map(Vec::len).sum::<usize>().max(1) as f64;
    let mean = returns.iter().flatten().sum::<f64>() / count;
    let variance = returns
        .iter()
        .flatten()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / count;
    let scale = variance.sqrt() + EPSILON;
    let normalise = |values: Vec<f64>| {
        values
            .into_iter()
            .map(|value| ((value - mean) / scale) as f32)
            .collect()
    };
    returns.into_iter().map(normalise).collect()
}

fn by_group(
    rewards: &[f32],
    groups: &[usize],
    kl: &[Vec<f32>],
    beta: f32,
    advantage: impl Fn(f64, Moments) -> f64,
) -> Vec<Vec<f32>> {
    let penalty = |kl: &[f32]| f64::from(beta) * kl.iter().map(|k| f64::from(*k)).sum::<f64>();
    let shaped: Vec<f64> = rewards
        .iter()
        .zip(kl)
        .map(|(reward, kl)| f64::from(*reward) - penalty(kl))
        .collect();
    let groups = Groups::new(&shaped, groups);
    let response = |(i, kl): (usize, &Vec<f32>)| vec![advantage(shaped[i], groups.of(i)) as f32; kl.len()];
    kl.iter().take(shaped.len()).enumerate().map(response).collect()
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
        // mean 1/3, variance 2/9
        let deviation = (2.0f32 / 9.0).sqrt();
        let (high, low) = (2.0 / 3.0, -1.0 / 3.0);
        let (z_high, z_low) = (high / deviation, low / deviation);
        close(
            &grpo(&rewards, &groups, &kl, 0.0),
            &[&[z_high, z_high], &[z_low], &[z_low], &[0.0]],
        );
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
    fn kl_lowers_the_shaped_reward() {
        let got = dr_grpo(&[1.0, 1.0], &[0, 0], &[vec![1.0, 1.0], vec![0.0]], 0.25);
        close(&got, &[&[-0.25, -0.25], &[0.25]]);
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
            for estimator in [grpo, dr_grpo, rloo] {
                let sum: f32 = estimator(&rewards, &groups, &kl, 0.0).concat().iter().sum();
                prop_assert!(sum.abs() < 1e-3);
            }
        }
    }
}
