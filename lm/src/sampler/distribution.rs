//! From a row of logits to a token and its log-probability.

use std::cmp::Ordering;

use super::SamplingParams;
use crate::ops::host::{self, math};

/// Probabilities are summed in blocks of this size, so that finding the drawn token skips over most of them.
const BLOCK: usize = 256;

/// Chooses a token. `logits` is used as scratch memory; `seen` are the response's tokens; `uniform` is from `[0, 1)`.
///
/// Returns the token and its log-probability under the distribution that remains after penalty, temperature, top-k, top-p.
pub(super) fn choose(
    logits: &mut [f32],
    seen: &[u32],
    params: &SamplingParams,
    uniform: impl FnOnce() -> f64,
) -> (u32, f32) {
    if params.presence_penalty != 0.0 {
        penalise(logits, seen, params.presence_penalty);
    }
    if params.temperature == 0.0 {
        return greedy(logits);
    }
    let (top_k, top_p) = (params.top_k, params.top_p);
    let largest = host::vectorised(
        #[inline(always)]
        || {
            for logit in logits.iter_mut() {
                *logit /= params.temperature;
            }
            let largest = math::max(logits);
            math::exp_sum(logits, largest);
            largest
        },
    );
    debug_assert!(!largest.is_nan());
    if (top_k == 0 || top_k >= logits.len()) && top_p >= 1.0 {
        draw_full(logits, uniform())
    } else {
        draw_kept(&kept(logits, top_k, top_p), uniform())
    }
}

/// Subtracts the penalty once from every token of the response (its repetitions do not add to it).
fn penalise(logits: &mut [f32], seen: &[u32], penalty: f32) {
    let mut seen = seen.to_vec();
    seen.sort_unstable();
    seen.dedup();
    for token in seen {
        if let Some(logit) = logits.get_mut(token as usize) {
            *logit -= penalty;
        }
    }
}

/// The first of the most likely tokens.
fn greedy(logits: &mut [f32]) -> (u32, f32) {
    let largest = host::vectorised(
        #[inline(always)]
        || math::max(logits),
    );
    let token = logits
        .iter()
        .position(|logit| *logit == largest)
        .unwrap_or(0);
    let sum = host::vectorised(
        #[inline(always)]
        || math::exp_sum(logits, largest),
    );
    (token as u32, -sum.ln())
}

/// Draws from unnormalised probabilities of the whole vocabulary.
fn draw_full(weights: &[f32], uniform: f64) -> (u32, f32) {
    let blocks: Vec<f64> = host::vectorised(
        #[inline(always)]
        || {
            weights
                .chunks(BLOCK)
                .map(|block| block.iter().map(|weight| f64::from(*weight)).sum())
                .collect()
        },
    );
    let total: f64 = blocks.iter().sum();
    let mut rest = uniform * total;
    let mut chosen = 0;
    'blocks: for (index, block) in blocks.iter().enumerate() {
        if rest >= *block {
            rest -= block;
            continue;
        }
        for (offset, weight) in weights[index * BLOCK..].iter().take(BLOCK).enumerate() {
            if *weight > 0.0 {
                chosen = index * BLOCK + offset;
                rest -= f64::from(*weight);
                if rest < 0.0 {
                    break 'blocks;
                }
            }
        }
    }
    // Rounding may leave the draw past the last token: then `chosen` is 0 or the last one looked at, of weight above 0.
    if weights[chosen] == 0.0 {
        chosen = weights
            .iter()
            .rposition(|weight| *weight > 0.0)
            .unwrap_or(0);
    }
    (
        chosen as u32,
        (f64::from(weights[chosen]) / total).ln() as f32,
    )
}

/// Tokens that top-k and top-p keep, most likely first; equal ones in the order of their ids.
fn kept(weights: &[f32], top_k: usize, top_p: f32) -> Vec<(u32, f32)> {
    let total: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
    let by_weight = |a: &(u32, f32), b: &(u32, f32)| match b.1.total_cmp(&a.1) {
        Ordering::Equal => a.0.cmp(&b.0),
        order => order,
    };
    let mut all: Vec<(u32, f32)> = (0..).zip(weights.iter().copied()).collect();
    let limit = if top_k == 0 {
        all.len()
    } else {
        top_k.min(all.len())
    };
    // Most distributions are narrow: look at few tokens first, at more only if they do not hold enough.
    let mut size = if top_p < 1.0 { limit.min(64) } else { limit };
    loop {
        if size < all.len() {
            all.select_nth_unstable_by(size, by_weight);
        }
        let head = &mut all[..size];
        head.sort_unstable_by(by_weight);
        // Top-p is a share of what top-k kept, as in `transformers`.
        let kept_total = if limit == weights.len() {
            total
        } else if size == limit {
            head.iter().map(|(_, weight)| f64::from(*weight)).sum()
        } else {
            f64::INFINITY
        };
        let mut sum = 0.0;
        let enough = head.iter().position(|(_, weight)| {
            sum += f64::from(*weight);
            sum >= f64::from(top_p) * kept_total
        });
        match enough {
            Some(last) => return head[..=last].to_vec(),
            None if size == limit => return head.to_vec(),
            None => size = (size * 8).min(limit),
        }
    }
}

fn draw_kept(kept: &[(u32, f32)], uniform: f64) -> (u32, f32) {
    let total: f64 = kept.iter().map(|(_, weight)| f64::from(*weight)).sum();
    let mut rest = uniform * total;
    let mut chosen = kept.first().copied().unwrap_or((0, 1.0));
    for (token, weight) in kept.iter().filter(|(_, weight)| *weight > 0.0) {
        chosen = (*token, *weight);
        rest -= f64::from(*weight);
        if rest < 0.0 {
            break;
        }
    }
    (chosen.0, (f64::from(chosen.1) / total).ln() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(temperature: f32, top_p: f32, top_k: usize) -> SamplingParams {
        SamplingParams {
            temperature,
            top_p,
            top_k,
            ..SamplingParams::default()
        }
    }

    fn logits(probabilities: &[f32]) -> Vec<f32> {
        probabilities.iter().map(|p| p.ln()).collect()
    }

    #[test]
    fn the_inverse_distribution_function_by_hand() {
        for (uniform, token, p) in [
            (0.0, 0, 0.2f32),
            (0.19, 0, 0.2),
            (0.21, 1, 0.5),
            (0.69, 1, 0.5),
            (0.71, 2, 0.3),
        ] {
            let mut row = logits(&[0.2, 0.5, 0.3]);
            let (chosen, logprob) = choose(&mut row, &[], &params(1.0, 1.0, 0), || uniform);
            assert_eq!(chosen, token);
            assert!((logprob - p.ln()).abs() < 1e-6);
        }
    }

    #[test]
    fn top_p_and_top_k_renormalise_what_they_keep() {
        // 0.5 + 0.3 reach 0.7: tokens 1 and 2 remain with 5/8 and 3/8.
        let (token, logprob) = choose(
            &mut logits(&[0.2, 0.5, 0.3]),
            &[],
            &params(1.0, 0.7, 0),
            || 0.99,
        );
        assert_eq!(token, 2);
        assert!((logprob - 0.375f32.ln()).abs() < 1e-6);
        let (token, logprob) = choose(
            &mut logits(&[0.2, 0.5, 0.3]),
            &[],
            &params(1.0, 1.0, 1),
            || 0.99,
        );
        assert_eq!((token, logprob), (1, 0.0));
    }

    #[test]
    fn top_p_finds_wide_distributions_too() {
        let row = vec![0.0f32; 1000];
        let weights: Vec<f32> = row.iter().map(|x| x.exp()).collect();
        assert_eq!(kept(&weights, 0, 0.9).len(), 900);
        assert_eq!(kept(&weights, 500, 0.5).len(), 250);
    }

    #[test]
    fn greedy_takes_the_first_maximum_and_penalties_apply_once() {
        let with = SamplingParams {
            presence_penalty: 1.0,
            ..params(0.0, 1.0, 0)
        };
        let (token, logprob) = choose(&mut [2.0, 2.0, 1.5], &[0, 0], &with, || 0.0);
        assert_eq!(token, 1);
        let expected = -(1.0f32 + (-1.0f32).exp() + (-0.5f32).exp()).ln();
        assert!((logprob - expected).abs() < 1e-6);
    }

    #[test]
    fn zero_probability_is_never_drawn() {
        let mut row = [f32::NEG_INFINITY, 0.0, f32::NEG_INFINITY];
        assert_eq!(
            choose(&mut row, &[], &params(1.0, 1.0, 0), || 0.999_999_999).0,
            1
        );
    }
}
