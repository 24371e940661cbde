//! Draws against the definition, in double precision.

use super::*;
use proptest::prelude::*;

fn params(temperature: f32, top_p: f32, top_k: usize) -> SamplingParams {
    SamplingParams {
        temperature,
        top_p,
        top_k,
        ..SamplingParams::default()
    }
}

fn draw(logits: &[f32], penalties: &[(u32, f32)], params: &SamplingParams, uniform: f64) -> Drawn {
    let mut scratch = Scratch {
        penalties: penalties.to_vec(),
        ..Scratch::default()
    };
    choose(logits, params, &mut scratch, || uniform)
}

fn logs(probabilities: &[f32]) -> Vec<f32> {
    probabilities.iter().map(|p| p.ln()).collect()
}

#[track_caller]
fn close(got: f32, expected: f64) {
    let error = (f64::from(got) - expected).abs();
    assert!(error < 2e-6 * expected.abs().max(1.0), "{got}, expected {expected}");
}

#[test]
fn the_inverse_distribution_function_by_hand() {
    for (uniform, token, p) in [
        (0.0, 0, 0.2f64),
        (0.19, 0, 0.2),
        (0.21, 1, 0.5),
        (0.69, 1, 0.5),
        (0.71, 2, 0.3),
    ] {
        let drawn = draw(&logs(&[0.2, 0.5, 0.3]), &[], &params(1.0, 1.0, 0), uniform);
        assert_eq!(drawn.token, token);
        close(drawn.logprob, p.ln());
        assert_eq!(drawn.logprob, drawn.policy_logprob);
    }
}

#[test]
fn top_p_and_top_k_renormalise_what_they_keep() {
    let logits = logs(&[0.2, 0.5, 0.3]);
    // 0.5 + 0.3 reach 0.7: tokens 1 and 2 remain with 5/8 and 3/8.
    let drawn = draw(&logits, &[], &params(1.0, 0.7, 0), 0.99);
    assert_eq!(drawn.token, 2);
    close(drawn.logprob, 0.375f64.ln());
    close(drawn.policy_logprob, 0.3f64.ln());
    let drawn = draw(&logits, &[], &params(1.0, 1.0, 1), 0.99);
    assert_eq!((drawn.token, drawn.logprob), (1, 0.0));
    close(drawn.policy_logprob, 0.5f64.ln());
}

#[test]
fn greedy_takes_the_first_maximum_after_penalties() {
    let logits = [2.0, 2.0, 1.5];
    assert_eq!(draw(&logits, &[], &params(0.0, 1.0, 0), 0.0).token, 0);
    let drawn = draw(&logits, &[(0, 1.0)], &params(0.0, 1.0, 0), 0.0);
    assert_eq!(drawn.token, 1);
    let rest = (-1f64).exp() + (-0.5f64).exp();
    close(drawn.logprob, -(1.0 + rest).ln());
    close(drawn.policy_logprob, -(2.0 + (-0.5f64).exp()).ln());
}

#[test]
fn zero_probability_is_never_drawn() {
    let logits = [f32::NEG_INFINITY, 0.0, f32::NEG_INFINITY];
    assert_eq!(draw(&logits, &[], &params(1.0, 1.0, 0), 0.999_999_999).token, 1);
    // The likeliest token forbidden: what is left is far below it, and still drawn from.
    let drawn = draw(&[200.0, 0.0, 0.0], &[(0, f32::INFINITY)], &params(1.0, 1.0, 0), 0.7);
    assert_eq!(drawn.token, 2);
    close(drawn.logprob, 0.5f64.ln());
    close(drawn.policy_logprob, -200.0);
}

/// A distribution by the definition: penalties (OpenAI's API reference, "Frequency and presence penalties"),
/// temperature, top-k, top-p (`transformers`' processors in their order), softmax in double precision. Probabilities by
/// token.
pub(in crate::sampler) fn definition(
    logits: &[f32],
    penalties: &[(u32, f32)],
    params: &SamplingParams,
    slack: f64,
) -> Vec<f64> {
    let mut x: Vec<f64> = logits.iter().map(|x| f64::from(*x)).collect();
    for (token, penalty) in penalties {
        x[*token as usize] -= f64::from(*penalty);
    }
    for x in &mut x {
        *x /= f64::from(params.temperature);
    }
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|a, b| x[*b].total_cmp(&x[*a]).then(a.cmp(b)));
    if params.top_k > 0 {
        order.truncate(params.top_k);
    }
    order.retain(|token| x[*token] > f64::NEG_INFINITY);
    let weights = |order: &[usize]| -> Vec<f64> { order.iter().map(|token| (x[*token] - x[order[0]]).exp()).collect() };
    let all = weights(&order);
    let total: f64 = all.iter().sum();
    let mut sum = 0.0;
    let mass = (f64::from(params.top_p) + slack) * total;
    let count = all.iter().position(|weight| {
        sum += weight;
        sum >= mass
    });
    if params.top_p < 1.0 {
        order.truncate(count.map_or(order.len(), |count| count + 1));
    }
    let left = weights(&order);
    let total: f64 = left.iter().sum();
    let mut p = vec![0.0; x.len()];
    for (token, weight) in order.into_iter().zip(left) {
        p[token] = weight / total;
    }
    p
}

/// Parameters of all kinds but the most likely token.
pub(in crate::sampler) fn parameters() -> impl Strategy<Value = SamplingParams> {
    let temperature = prop_oneof![Just(1.0f32), 0.2..3.0f32];
    let top_p = prop_oneof![Just(1.0f32), 0.05..1.0f32];
    let top_k = prop_oneof![Just(0usize), 1..80usize];
    (temperature, top_p, top_k).prop_map(|(temperature, top_p, top_k)| params(temperature, top_p, top_k))
}

fn case() -> impl Strategy<Value = (Vec<f32>, Vec<(u32, f32)>, SamplingParams, f64)> {
    let logits = proptest::collection::vec(-12.0..12.0f32, 2..700);
    let penalties = proptest::collection::btree_map(0..600u32, -4.0..9.0f32, 0..6);
    let forbidden = proptest::option::of(0..600u32);
    (logits, penalties, forbidden, parameters(), 0.0..1.0f64).prop_map(
        |(logits, penalties, forbidden, params, uniform)| {
            let known = |token: u32| (token as usize) < logits.len();
            let mut penalties: Vec<(u32, f32)> = penalties.into_iter().collect();
            penalties.extend(forbidden.map(|token| (token, f32::INFINITY)));
            penalties.retain(|(token, _)| known(*token));
            (logits, penalties, params, uniform)
        },
    )
}

proptest! {
    #[test]
    fn draws_follow_the_definition((logits, penalties, params, uniform) in case()) {
        let drawn = draw(&logits, &penalties, &params, uniform);
        let token = drawn.token as usize;
        // Where top-p cuts within rounding error of a token, either side of the cut is right.
        let right = [-1e-5, 0.0, 1e-5].iter().any(|slack| {
            let p = definition(&logits, &penalties, &params, *slack);
            let close = (f64::from(drawn.logprob) - p[token].ln()).abs() < 1e-4;
            // Drawn in the order of ids, or of weights where tokens were cut: that part of [0, 1) holds `uniform`.
            let mut order: Vec<usize> = (0..p.len()).collect();
            if params.top_k > 0 && params.top_k < logits.len() || params.top_p < 1.0 {
                order.sort_by(|a, b| p[*b].total_cmp(&p[*a]).then(a.cmp(b)));
            }
            let before: f64 = order.iter().take_while(|id| **id != token).map(|id| p[*id]).sum();
            close && before - 1e-5 < uniform && uniform < before + p[token] + 1e-5
        });
        prop_assert!(right, "{drawn:?}");
        let plain = definition(&logits, &[], &super::SamplingParams::default(), 0.0);
        prop_assert!((f64::from(drawn.policy_logprob) - plain[token].ln()).abs() < 1e-5);
    }
}
