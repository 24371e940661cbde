//! How the rewards of a group differ, for the node's metrics.

use serde_json::{Value, json};

use super::reward::Verdict;

/// Mean reward of all responses, the mean over groups of the standard deviation within (n - 1), and the share of groups
/// in which all rewards are the same, which give no advantage. Groups without rewards do not count.
pub(super) fn metrics(verdicts: &[Verdict]) -> Value {
    let groups: Vec<&[f32]> = verdicts
        .iter()
        .filter_map(|verdict| verdict.rewards.as_deref())
        .collect();
    let share = |sum: f64, count: usize| (count > 0).then(|| sum / count as f64);
    let (responses, sum) = (
        groups.iter().map(|group| group.len()).sum(),
        groups
            .iter()
            .flat_map(|group| group.iter())
            .map(|&r| f64::from(r))
            .sum(),
    );
    let deviations: Vec<f64> = groups.iter().map(|group| deviation(group)).collect();
    let equal = deviations.iter().filter(|&&deviation| deviation == 0.0).count();
    json!({
        "mean": share(sum, responses),
        "std": share(deviations.iter().sum(), groups.len()),
        "zero_std_groups": share(equal as f64, groups.len()),
    })
}

fn deviation(rewards: &[f32]) -> f64 {
    let count = rewards.len() as f64;
    let mean = rewards.iter().map(|&r| f64::from(r)).sum::<f64>() / count.max(1.0);
    let squares = rewards.iter().map(|&r| (f64::from(r) - mean).powi(2)).sum::<f64>();
    (squares / (count - 1.0).max(1.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewards_of_three_groups_by_hand() {
        let verdict = |rewards: Option<&[f32]>| Verdict {
            rewards: rewards.map(<[f32]>::to_vec),
            r_mean: 0.5,
            vote: None,
        };
        let verdicts = [verdict(Some(&[1.0, 0.0])), verdict(Some(&[1.0, 1.0])), verdict(None)];
        let expected = json!({ "mean": 0.75, "std": 0.5_f64.sqrt() / 2.0, "zero_std_groups": 0.5 });
        assert_eq!(metrics(&verdicts), expected);
        assert_eq!(metrics(&[])["mean"], Value::Null);
    }
}
