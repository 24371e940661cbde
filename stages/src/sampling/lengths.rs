//! How long sampled texts are, for a node's metrics.

use serde_json::{Value, json};
use serl_artifacts::tables::Finish;

/// Adds the tokens of all texts to `metrics`, and the distribution of their lengths: of all, of those that ended by
/// themselves, and the share of the others.
pub(crate) fn add(metrics: &mut Value, texts: impl Iterator<Item = (usize, Finish)>) {
    let texts: Vec<(usize, Finish)> = texts.collect();
    let all: Vec<usize> = texts.iter().map(|&(tokens, _)| tokens).collect();
    let ended = texts.iter().filter(|(_, finish)| *finish == Finish::Stop);
    let ended: Vec<usize> = ended.map(|&(tokens, _)| tokens).collect();
    metrics["sampled_tokens"] = all.iter().sum::<usize>().into();
    metrics["lengths"] = json!({
        "mean": share(all.iter().sum(), all.len()),
        "min": all.iter().min(),
        "max": all.iter().max(),
        "mean_ended": share(ended.iter().sum(), ended.len()),
        "truncated": share(all.len() - ended.len(), all.len()),
    });
}

fn share(sum: usize, count: usize) -> Option<f64> {
    (count > 0).then(|| sum as f64 / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(texts: &[(usize, Finish)]) -> Value {
        let mut metrics = json!({});
        add(&mut metrics, texts.iter().copied());
        metrics
    }

    #[test]
    fn lengths_of_three_texts_by_hand() {
        let found = added(&[(4, Finish::Stop), (10, Finish::Length), (7, Finish::Stop)]);
        let lengths = json!({ "mean": 7.0, "min": 4, "max": 10, "mean_ended": 5.5, "truncated": 1.0 / 3.0 });
        assert_eq!(found, json!({ "sampled_tokens": 21, "lengths": lengths }));
        assert_eq!(added(&[])["lengths"]["mean"], Value::Null);
    }
}
