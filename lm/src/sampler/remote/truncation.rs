//! Top-k and top-p on a device, without sorting: the smallest logit that remains is found by bisection.

use burn::tensor::Tensor;

use crate::sampler::SamplingParams;

/// Halvings of the interval that the threshold is in: from 104 nats to 6e-6, within rounding errors of a logit.
const STEPS: usize = 24;

/// `exp(-SPAN)` is 0 in f32.
const SPAN: f32 = 104.0;

/// `logits` `[n, blocks, width]`, with those that top-k and then top-p drop made impossible. Logits that are equal, or
/// nearly so, remain or go together.
pub(super) fn truncated(logits: Tensor<3>, params: &SamplingParams) -> Tensor<3> {
    let [n, blocks, width] = logits.dims();
    let device = logits.device();
    let largest = logits.clone().max_dim(2).max_dim(1);
    let span = SPAN * params.temperature;
    let mut kept = logits;
    if params.top_k > 0 && params.top_k < blocks * width {
        let (ones, least) = (
            Tensor::ones([n, blocks, width], &device),
            Tensor::full([n, 1, 1], params.top_k as f32, &device),
        );
        kept = above(kept, ones, least, &largest, span);
    }
    if params.top_p < 1.0 {
        let weights = ((kept.clone() - largest.clone()) / params.temperature).exp();
        let least = total(weights.clone()) * params.top_p;
        kept = above(kept, weights, least, &largest, span);
    }
    kept
}

/// The logits from a threshold on, the others impossible: the largest threshold, at most `span` below the `largest`
/// logit, from which on `weights` add up to at least `least` `[n, 1, 1]`.
fn above(logits: Tensor<3>, weights: Tensor<3>, least: Tensor<3>, largest: &Tensor<3>, span: f32) -> Tensor<3> {
    let (mut low, mut high) = (largest.clone() - span, largest.clone());
    for _ in 0..STEPS {
        let middle = (low.clone() + high.clone()) * 0.5;
        let below = logits.clone().lower(middle.clone().expand(logits.dims()));
        let enough = total(weights.clone().mask_fill(below, 0.0)).greater_equal(least.clone());
        low = low.mask_where(enough.clone(), middle.clone());
        high = middle.mask_where(enough, high);
    }
    let below = logits.clone().lower(low.expand(logits.dims()));
    logits.mask_fill(below, f32::NEG_INFINITY)
}

/// Sums of rows `[n, 1, 1]`.
fn total(x: Tensor<3>) -> Tensor<3> {
    x.sum_dim(2).sum_dim(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::host;
    use crate::sampler::truncation;
    use proptest::prelude::*;

    /// Tokens that remain, by id.
    fn remaining(logits: &[f32], params: &SamplingParams) -> Vec<u32> {
        let device = burn::tensor::Device::flex();
        let tensor = host::tensor(logits.to_vec(), [1, 2, logits.len() / 2], &device);
        let left = host::values(&truncated(tensor, params));
        let left = (0..).zip(left).filter(|(_, x)| *x > f32::NEG_INFINITY);
        left.map(|(token, _)| token).collect()
    }

    proptest! {
        #[test]
        fn what_remains_is_what_the_host_keeps(
            order in Just((0..200).collect::<Vec<u32>>()).prop_shuffle(),
            gap in 0.01..0.1f32,
            temperature in 0.3..2.0f32,
            top_k in 0..210usize,
            top_p in prop_oneof![Just(1.0f32), 0.05..0.999f32],
        ) {
            // No two are equal, and neither is a sum to the share of top-p.
            let logits: Vec<f32> = order.iter().map(|rank| -gap * *rank as f32).collect();
            let params = SamplingParams { temperature, top_k, top_p, ..SamplingParams::default() };
            let weights: Vec<f32> = logits.iter().map(|x| (x / temperature).exp()).collect();
            let sum = weights.iter().map(|weight| f64::from(*weight)).sum();
            let expected = |share: f32| {
                let kept = truncation::kept(&weights, sum, top_k, share);
                let mut kept: Vec<u32> = kept.into_iter().map(|(token, _)| token).collect();
                kept.sort_unstable();
                kept
            };
            let around = [top_p, top_p - 1e-5, (top_p + 1e-5).min(1.0)].map(expected);
            let left = remaining(&logits, &params);
            prop_assert!(around.contains(&left), "{left:?}, expected {:?}", around[0]);
        }
    }

    #[test]
    fn the_first_alone_and_what_is_impossible() {
        let with = |top_k, top_p| SamplingParams {
            top_k,
            top_p,
            ..SamplingParams::default()
        };
        let logits = [f32::NEG_INFINITY, 3.0, 2.0, f32::NEG_INFINITY];
        assert_eq!(remaining(&logits, &with(1, 1.0)), [1]);
        assert_eq!(remaining(&logits, &with(3, 1.0)), [1, 2]);
        assert_eq!(remaining(&logits, &with(0, 0.5)), [1]);
        assert_eq!(remaining(&logits, &with(0, 0.9)), [1, 2]);
    }
}
