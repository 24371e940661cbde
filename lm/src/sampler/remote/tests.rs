//! Draws on a device against the definition, in double precision.

use proptest::prelude::*;

use super::super::distribution::tests::{definition, parameters};
use super::*;
use crate::{Device, testing};

fn ask(rows: usize, vocab: usize) -> impl Strategy<Value = Ask> {
    // Two tokens of the tokenizer have no logit.
    let penalties = proptest::collection::btree_map(0..vocab as u32 + 2, -4.0..9.0f32, 0..6);
    let forbidden = proptest::option::of(0..vocab as u32);
    (0..rows, penalties, forbidden, 0.0..1.0f64).prop_map(|(row, mut penalties, forbidden, uniform)| {
        penalties.extend(forbidden.map(|token| (token, f32::INFINITY)));
        Ask {
            row,
            penalties: penalties.into_iter().collect(),
            uniform: Some(uniform),
        }
    })
}

fn case() -> impl Strategy<Value = (usize, Vec<f32>, Vec<Ask>)> {
    let vocab = prop_oneof![3..40usize, Just(BLOCK), 500..1600usize];
    (1..4usize, vocab).prop_flat_map(|(rows, vocab)| {
        let logits = apart(rows * vocab);
        let asks = proptest::collection::vec(ask(rows, vocab), 1..6);
        (Just(rows), logits, asks)
    })
}

/// Logits from -12 to 12 of which no two are nearly equal: at a cut, those remain or go together.
fn apart(count: usize) -> impl Strategy<Value = Vec<f32>> {
    let ranks = Just((0..count).collect::<Vec<usize>>()).prop_shuffle();
    let within = proptest::collection::vec(0.25..0.75f32, count);
    (ranks, within).prop_map(move |(ranks, within)| {
        let logit = |(rank, within): (usize, f32)| 24.0 * (rank as f32 + within) / count as f32 - 12.0;
        ranks.into_iter().zip(within).map(logit).collect()
    })
}

/// Draws on every device.
fn draws(logits: &[f32], rows: usize, asks: &[Ask], params: &SamplingParams) -> Vec<Vec<Drawn>> {
    let shape = [rows, logits.len() / rows];
    let on = |device: Device| {
        let logits = host::tensor(logits.to_vec(), shape, &device.burn());
        choose(&logits, asks, params)
    };
    testing::devices().map(on).collect()
}

/// Whether `drawn` is right for the probabilities `p`, in the order of ids.
fn follows(drawn: &Drawn, p: &[f64], uniform: f64) -> bool {
    let token = drawn.token as usize;
    let before: f64 = p[..token].iter().sum();
    let close = (f64::from(drawn.logprob) - p[token].ln()).abs() < 1e-4;
    close && before - 1e-5 < uniform && uniform < before + p[token] + 1e-5
}

proptest! {
    #[test]
    fn draws_follow_the_definition(
        (rows, logits, mut asks) in case(),
        params in parameters(),
        penalise in any::<bool>(),
    ) {
        let vocab = logits.len() / rows;
        asks.iter_mut().for_each(|ask| ask.penalties.retain(|_| penalise));
        let drawn = draws(&logits, rows, &asks, &params);
        prop_assert!(drawn.iter().all(|drawn| drawn.len() == asks.len()));
        for (drawn, ask) in drawn.iter().flat_map(|drawn| drawn.iter().zip(&asks)) {
            let logits = &logits[ask.row * vocab..][..vocab];
            let known = ask.penalties.iter().copied().filter(|(token, _)| (*token as usize) < vocab);
            let known: Vec<(u32, f32)> = known.collect();
            // Where top-p cuts within rounding error of a token, either side of the cut is right.
            let right = [-1e-5, 0.0, 1e-5].iter().any(|slack| {
                follows(drawn, &definition(logits, &known, &params, *slack), ask.uniform.unwrap())
            });
            prop_assert!(right, "{drawn:?}");
            let policy = definition(logits, &[], &SamplingParams::default(), 0.0);
            let expected = policy[drawn.token as usize].ln();
            prop_assert!((f64::from(drawn.policy_logprob) - expected).abs() < 1e-4);
        }
    }

    #[test]
    fn greedy_is_the_first_of_the_largest(
        (rows, logits, mut asks) in case(),
    ) {
        let vocab = logits.len() / rows;
        // Whole numbers, so that there are ties.
        let logits: Vec<f32> = logits.iter().map(|x| x.round()).collect();
        asks.iter_mut().for_each(|ask| ask.uniform = None);
        let params = SamplingParams { temperature: 0.0, top_k: 2, ..SamplingParams::default() };
        let drawn = draws(&logits, rows, &asks, &params);
        for (drawn, ask) in drawn.iter().flat_map(|drawn| drawn.iter().zip(&asks)) {
            let mut left = logits[ask.row * vocab..][..vocab].to_vec();
            for (token, penalty) in ask.penalties.iter().filter(|(token, _)| (*token as usize) < vocab) {
                left[*token as usize] -= penalty;
            }
            let largest = left.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            prop_assert_eq!(Some(drawn.token as usize), left.iter().position(|x| *x == largest));
            let total: f64 = left.iter().map(|x| f64::from(x - largest).exp()).sum();
            prop_assert!((f64::from(drawn.logprob) + total.ln()).abs() < 1e-4);
        }
    }
}
