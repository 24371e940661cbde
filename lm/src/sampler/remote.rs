//! From logits on a device to tokens and their log-probabilities, with little brought to the host.
//!
//! The vocabulary is cut into blocks. The device sums the probabilities of each; the host finds the block that a draw falls
//! in, has the logits of that one block brought, and finds the token in it. Two small transfers stand for one of
//! `rows * vocab` logits. What is drawn is what [`super::distribution::choose`] draws, but for rounding.

use burn::tensor::{IndexingUpdateOp, Tensor};

use super::distribution::Drawn;
use crate::ops::embed::{self, indices};
use crate::ops::host;

/// Logits that are summed, and brought, together.
const BLOCK: usize = 512;

/// What is asked for a response.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ask {
    /// Its row of the logits.
    pub row: usize,
    /// What is subtracted from which logit, each token at most once; infinity forbids the token.
    pub penalties: Vec<(u32, f32)>,
    /// From `[0, 1)`; none for the most likely token.
    pub uniform: Option<f64>,
}

/// Chooses a token for each of `asks` from `logits` `[rows, vocab]`, by `softmax(logits / temperature)` after penalties.
pub(super) fn choose(logits: &Tensor<2>, asks: &[Ask], temperature: f32) -> Vec<Drawn> {
    let policy = blocks(rows(logits, asks));
    let [n, count, _] = policy.dims();
    let changed = temperature != 1.0 || asks.iter().any(|ask| !ask.penalties.is_empty());
    let mut parts = vec![(policy.clone(), 1.0)];
    if changed {
        let sampled = penalised(policy, asks, logits.dims()[1]);
        parts.insert(0, (sampled, temperature));
    }
    let both = |of: &dyn Fn(&Tensor<3>, f32) -> Tensor<3>| {
        let all = parts.iter().map(|(x, temperature)| of(x, *temperature));
        host::values(&Tensor::cat(all.collect(), 1))
    };

    let sums = both(&summarise);
    let (sums, _) = sums.as_chunks::<2>();
    let softmax = |part: usize, row: usize| {
        let first = (row * parts.len() + part) * count;
        Softmax::new(&sums[first..][..count], parts[part].1)
    };
    let softmaxes = (0..n).map(|row| (softmax(0, row), softmax(parts.len() - 1, row)));
    let softmaxes: Vec<(Softmax, Softmax)> = softmaxes.collect();
    let found = softmaxes.iter().zip(asks);
    let found: Vec<Found> = found
        .map(|((sampled, _), ask)| sampled.block(ask.uniform))
        .collect();

    let lines = (0..)
        .zip(&found)
        .map(|(row, found)| row * count + found.block);
    let lines: Vec<u32> = lines.map(|line| line as u32).collect();
    let brought = both(&|x, _| {
        let all = x.clone().reshape([n * count, BLOCK]);
        embed::forward(&all, &lines).reshape([n, 1, BLOCK])
    });
    let brought = brought.chunks_exact(parts.len() * BLOCK);
    let drawn = brought.zip(softmaxes).zip(found);
    drawn
        .map(|((logits, (sampled, policy)), found)| {
            let offset = sampled.token(&logits[..BLOCK], found.rest);
            Drawn {
                token: (found.block * BLOCK + offset) as u32,
                logprob: sampled.logprob(logits[offset]),
                policy_logprob: policy.logprob(logits[logits.len() - BLOCK + offset]),
            }
        })
        .collect()
}

/// The rows that are asked for.
fn rows(logits: &Tensor<2>, asks: &[Ask]) -> Tensor<2> {
    let rows: Vec<u32> = asks.iter().map(|ask| ask.row as u32).collect();
    if rows.len() == logits.dims()[0] && rows.iter().copied().eq(0..rows.len() as u32) {
        return logits.clone();
    }
    embed::forward(logits, &rows)
}

/// `[n, vocab]` -> `[n, blocks, BLOCK]`, tokens that fill the last block being impossible.
fn blocks(logits: Tensor<2>) -> Tensor<3> {
    let ([n, vocab], device) = (logits.dims(), logits.device());
    let count = vocab.div_ceil(BLOCK);
    let mut parts = vec![logits];
    if count * BLOCK > vocab {
        let shape = [n, count * BLOCK - vocab];
        parts.push(Tensor::full(shape, f32::NEG_INFINITY, &device));
    }
    Tensor::cat(parts, 1).reshape([n, count, BLOCK])
}

/// Logits `[n, blocks, BLOCK]` after penalties.
fn penalised(logits: Tensor<3>, asks: &[Ask], vocab: usize) -> Tensor<3> {
    let (shape, device) = (logits.dims(), logits.device());
    let width = shape[1] * BLOCK;
    let of_row = |(row, ask): (usize, &Ask)| -> Vec<(u32, f32)> {
        // A tokenizer may name an end token that the model has no logit for.
        let known = ask
            .penalties
            .iter()
            .filter(|(token, _)| (*token as usize) < vocab);
        known
            .map(|(token, penalty)| ((row * width) as u32 + token, -penalty))
            .collect()
    };
    let (cells, values): (Vec<u32>, Vec<f32>) = asks.iter().enumerate().flat_map(of_row).unzip();
    if cells.is_empty() {
        return logits;
    }
    let m = cells.len();
    let (cells, values) = (
        indices(&cells, &device).reshape([m, 1]),
        host::tensor(values, [m, 1], &device),
    );
    let logits: Tensor<2> = logits.reshape([shape[0] * width, 1]);
    let logits = logits.scatter_nd(cells, values, IndexingUpdateOp::Add);
    logits.reshape(shape)
}

/// Of each block the largest logit, and the sum of `exp((x - largest of the row) / temperature)`: `[n, blocks, 2]`.
fn summarise(logits: &Tensor<3>, temperature: f32) -> Tensor<3> {
    let maxima = logits.clone().max_dim(2);
    let shifted = logits.clone() - maxima.clone().max_dim(1);
    let sums = (shifted / temperature).exp().sum_dim(2);
    Tensor::cat(vec![maxima, sums], 2)
}

/// The block of a draw, and how far into it the draw falls; nothing for the most likely token.
#[derive(Debug, Clone, Copy)]
struct Found {
    block: usize,
    rest: Option<f64>,
}

/// A row's distribution, as its blocks tell it.
#[derive(Debug)]
struct Softmax<'a> {
    /// Largest logit and sum of each block.
    blocks: &'a [[f32; 2]],
    temperature: f64,
    largest: f64,
    total: f64,
}

impl<'a> Softmax<'a> {
    fn new(blocks: &'a [[f32; 2]], temperature: f32) -> Self {
        let largest = blocks.iter().map(|[largest, _]| *largest);
        Self {
            blocks,
            temperature: f64::from(temperature),
            largest: f64::from(largest.fold(f32::NEG_INFINITY, f32::max)),
            total: blocks.iter().map(|[_, sum]| f64::from(*sum)).sum(),
        }
    }

    /// Log-probability of a token with logit `x`, before it is normalised.
    fn exponent(&self, x: f32) -> f64 {
        (f64::from(x) - self.largest) / self.temperature
    }

    fn logprob(&self, x: f32) -> f32 {
        (self.exponent(x) - self.total.ln()) as f32
    }

    /// The block in which the running sum passes `uniform * total`, or the first with the largest logit.
    fn block(&self, uniform: Option<f64>) -> Found {
        let Some(uniform) = uniform else {
            let mut blocks = self.blocks.iter();
            let block = blocks.position(|[largest, _]| f64::from(*largest) == self.largest);
            return Found {
                block: block.unwrap_or(0),
                rest: None,
            };
        };
        let mut rest = uniform * self.total;
        // Rounding may leave the draw past the last block: then it is that block's last token.
        let mut found = (0, 0.0);
        for (block, [_, sum]) in self.blocks.iter().enumerate() {
            let sum = f64::from(*sum);
            if sum > 0.0 {
                found = (block, rest);
                if rest < sum {
                    break;
                }
            }
            rest -= sum;
        }
        Found {
            block: found.0,
            rest: Some(found.1),
        }
    }

    /// The token of a block's logits at which the running sum passes `rest`, or the first with the largest logit.
    fn token(&self, logits: &[f32], rest: Option<f64>) -> usize {
        let Some(mut rest) = rest else {
            let mut logits = logits.iter();
            return logits
                .position(|x| f64::from(*x) == self.largest)
                .unwrap_or(0);
        };
        let mut chosen = 0;
        for (offset, x) in logits.iter().enumerate() {
            let weight = self.exponent(*x).exp();
            if weight > 0.0 {
                chosen = offset;
                rest -= weight;
                if rest < 0.0 {
                    break;
                }
            }
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::super::distribution::{self, Scratch};
    use super::*;
    use crate::sampler::SamplingParams;
    use proptest::prelude::*;

    /// The same draw by the host.
    fn by_host(logits: &[f32], ask: &Ask, temperature: f32) -> Drawn {
        let params = SamplingParams {
            temperature: if ask.uniform.is_some() {
                temperature
            } else {
                0.0
            },
            ..SamplingParams::default()
        };
        let mut scratch = Scratch::default();
        scratch.penalties.clone_from(&ask.penalties);
        let uniform = || ask.uniform.unwrap_or_default();
        distribution::choose(logits, &params, &mut scratch, uniform)
    }

    fn case() -> impl Strategy<Value = (usize, Vec<f32>, Vec<Ask>)> {
        let ask = |rows: usize, vocab: usize| {
            let penalties =
                proptest::collection::btree_map(0..vocab as u32 + 2, -4.0..9.0f32, 0..6);
            let uniform = proptest::option::weighted(0.8, 0.0..1.0f64);
            let forbidden = proptest::option::of(0..vocab as u32);
            (0..rows, penalties, forbidden, uniform).prop_map(
                |(row, mut penalties, forbidden, uniform)| {
                    penalties.extend(forbidden.map(|token| (token, f32::INFINITY)));
                    Ask {
                        row,
                        penalties: penalties.into_iter().collect(),
                        uniform,
                    }
                },
            )
        };
        (
            1..4usize,
            prop_oneof![2..40usize, Just(512), 500..1600usize],
        )
            .prop_flat_map(move |(rows, vocab)| {
                let logits = proptest::collection::vec(-12.0..12.0f32, rows * vocab);
                (
                    Just(rows),
                    logits,
                    proptest::collection::vec(ask(rows, vocab), 1..6),
                )
            })
    }

    proptest! {
        #[test]
        fn draws_are_those_of_the_host(
            (rows, logits, asks) in case(),
            temperature in prop_oneof![Just(1.0f32), 0.2..3.0f32],
            penalise in any::<bool>(),
        ) {
            let vocab = logits.len() / rows;
            let mut asks = asks;
            for ask in &mut asks {
                ask.penalties.retain(|_| penalise);
            }
            let tensor = host::tensor(logits.clone(), [rows, vocab], &burn::tensor::Device::flex());
            let drawn = choose(&tensor, &asks, temperature);
            prop_assert_eq!(drawn.len(), asks.len());
            for (drawn, ask) in drawn.iter().zip(&asks) {
                let temperature = if ask.uniform.is_some() { temperature } else { 1.0 };
                // The most likely token is drawn at temperature 1 by the host, whatever the others' temperature is.
                let logits = &logits[ask.row * vocab..][..vocab];
                let nearby = [0.0, -1e-5, 1e-5].map(|shift| {
                    let uniform = ask.uniform.map(|uniform| (uniform + shift).clamp(0.0, 1.0 - 1e-9));
                    by_host(logits, &Ask { uniform, ..ask.clone() }, temperature)
                });
                let same = nearby.iter().find(|other| other.token == drawn.token);
                let same = same.expect("a token that the host draws for this number or one beside it");
                prop_assert!((same.policy_logprob - drawn.policy_logprob).abs() < 1e-4);
                if ask.uniform.is_some() {
                    prop_assert!((same.logprob - drawn.logprob).abs() < 1e-4);
                }
            }
        }
    }
}
