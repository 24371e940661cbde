//! Top-k and top-p: which tokens of a distribution remain.

use std::cmp::Ordering;

use crate::ops::host;

/// Tokens examined together when most are too unlikely.
const CHUNK: usize = 32;

/// The most likely tokens are searched for above this weight, the largest being 1, and then above ever smaller ones.
const THRESHOLD: f32 = 1.0 / 16.0;

/// Tokens of positive weight that top-k and then top-p keep, most likely first; equal ones in the order of their ids.
///
/// `total` is the sum of `weights`, of which the largest is 1. Top-p is a share of what top-k kept, as in
/// `transformers`. The vocabulary is never sorted: only tokens above a threshold are, which falls until they suffice.
pub(super) fn kept(weights: &[f32], total: f64, top_k: usize, top_p: f32) -> Vec<(u32, f32)> {
    let limit = if top_k == 0 { usize::MAX } else { top_k };
    let mass = f64::from(top_p) * total;
    let mut threshold = THRESHOLD;
    loop {
        let mut found = above(weights, threshold);
        let all = threshold <= f32::MIN_POSITIVE;
        let sum = |tokens: &[(u32, f32)]| -> f64 { tokens.iter().map(|(_, weight)| f64::from(*weight)).sum() };
        let enough = found.len() >= limit || top_k == 0 && top_p < 1.0 && sum(&found) >= mass;
        if enough || all {
            if found.len() > limit {
                found.select_nth_unstable_by(limit, by_weight);
                found.truncate(limit);
            }
            found.sort_unstable_by(by_weight);
            let mass = if top_k == 0 {
                mass
            } else {
                f64::from(top_p) * sum(&found)
            };
            if top_p < 1.0 {
                cut(&mut found, mass);
            }
            return found;
        }
        threshold = (threshold * THRESHOLD).max(f32::MIN_POSITIVE);
    }
}

/// Keeps the first tokens that together have at least `mass`.
fn cut(sorted: &mut Vec<(u32, f32)>, mass: f64) {
    let mut sum = 0.0;
    let last = sorted.iter().position(|(_, weight)| {
        sum += f64::from(*weight);
        sum >= mass
    });
    if let Some(last) = last {
        sorted.truncate(last + 1);
    }
}

fn by_weight(a: &(u32, f32), b: &(u32, f32)) -> Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}

/// The tokens whose weight is at least `threshold`.
fn above(weights: &[f32], threshold: f32) -> Vec<(u32, f32)> {
    let mut found = Vec::new();
    host::vectorised(
        #[inline(always)]
        || {
            for (index, chunk) in weights.chunks(CHUNK).enumerate() {
                if chunk.iter().fold(false, |any, weight| any | (*weight >= threshold)) {
                    let tokens = (index * CHUNK) as u32..;
                    let pairs = tokens.zip(chunk.iter().copied());
                    found.extend(pairs.filter(|(_, weight)| *weight >= threshold));
                }
            }
        },
    );
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By the definition: all tokens sorted, the first `top_k`, then the fewest with the share `top_p`.
    fn definition(weights: &[f32], top_k: usize, top_p: f32) -> Vec<(u32, f32)> {
        let mut all: Vec<(u32, f32)> = (0..).zip(weights.iter().copied()).collect();
        all.retain(|(_, weight)| *weight > 0.0);
        all.sort_by(by_weight);
        all.truncate(if top_k == 0 { all.len() } else { top_k });
        let total: f64 = all.iter().map(|(_, weight)| f64::from(*weight)).sum();
        let mut sum = 0.0;
        let reached = |(_, weight): &(u32, f32)| {
            sum += f64::from(*weight);
            sum >= f64::from(top_p) * total
        };
        match all.iter().position(reached) {
            Some(last) if top_p < 1.0 => all[..=last].to_vec(),
            _ => all,
        }
    }

    proptest! {
        #[test]
        fn what_remains_is_the_definition(
            // Multiples of 1/64, so that sums are exact and there are ties; powers, so that thresholds are passed.
            parts in proptest::collection::vec((0..9i32, 0..3i32), 1..300),
            top_k in 0..320usize,
            top_p in 1..=64u8,
        ) {
            let weight = |(part, power): &(i32, i32)| *part as f32 / 8.0 * 0.125f32.powi(*power);
            let mut weights: Vec<f32> = parts.iter().map(weight).collect();
            weights[0] = 1.0;
            let total: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
            let top_p = f32::from(top_p) / 64.0;
            prop_assert_eq!(kept(&weights, total, top_k, top_p), definition(&weights, top_k, top_p));
        }
    }

    #[test]
    fn tokens_of_no_weight_are_never_kept() {
        let weights = [0.0, 1.0, 0.0, 1e-30];
        assert_eq!(kept(&weights, 1.0, 4, 1.0), [(1, 1.0), (3, 1e-30)]);
    }
}
