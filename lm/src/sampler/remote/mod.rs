//! From logits on a device to tokens and their log-probabilities, with few transfers to the host.
//!
//! On a GPU, a kernel of this crate draws, and the host fetches a token and two log-probabilities for each row.
//!
//! Elsewhere the vocabulary is cut into blocks. The device sums the probabilities of each; the host finds the block
//! that a draw falls in, fetches the logits of that block alone, and finds the token in it. Two small transfers replace
//! one of all logits, `rows` times the vocabulary. The distribution is that of [`super::distribution::choose`]; tokens
//! are in the order of their ids in it also where some are cut, so that the same number may then draw another token.

mod truncation;

use burn::tensor::{IndexingUpdateOp, Tensor};

use super::SamplingParams;
use super::distribution::Drawn;
use crate::ops::host::{self, indices};
use crate::ops::{embed, gpu};

/// Logits that are summed, and fetched, together.
const BLOCK: usize = 512;

/// What a draw needs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ask {
    /// Its row of the logits.
    pub row: usize,
    /// Penalties to subtract from logits, each token at most once; infinity forbids the token.
    pub penalties: Vec<(u32, f32)>,
    /// From `[0, 1)`; none for the most likely token.
    pub uniform: Option<f64>,
}

/// Chooses a token for each of `asks` from `logits` `[rows, vocab]`.
pub(super) fn choose(logits: &Tensor<2>, asks: &[Ask], params: &SamplingParams) -> Vec<Drawn> {
    let distributions = distributions(logits, asks, params);
    if let Some(drawn) = drawn_by_kernel(&distributions, asks) {
        return drawn;
    }
    let (each, blocks) = (distributions.len(), distributions[0].logits.dims()[1]);
    // One transfer for all distributions: for each row, the figures of the first, then those of the second.
    let bring = |of: &dyn Fn(&Distribution) -> Tensor<3>| {
        let parts = distributions.iter().map(of).collect();
        host::values(&Tensor::cat(parts, 1))
    };

    // First transfer: the largest logit and the sum of every block.
    let summaries = bring(&Distribution::summarise);
    let (summaries, _) = summaries.as_chunks::<2>();
    let softmaxes: Vec<Softmax> = summaries
        .chunks_exact(blocks)
        .zip(distributions.iter().cycle())
        .map(|(blocks, distribution)| Softmax::new(blocks, distribution.temperature))
        .collect();
    let rows = softmaxes.chunks_exact(each).map(Pair::of);
    let found: Vec<Found> = rows
        .clone()
        .zip(asks)
        .map(|(row, ask)| row.sampled.block(ask.uniform))
        .collect();

    // Second transfer: the logits of the block that each draw falls in, under every distribution.
    let brought = bring(&|distribution| distribution.blocks(&found));
    let (blocks, _) = brought.as_chunks::<BLOCK>();
    let logits = blocks.chunks_exact(each).map(Pair::of);
    logits
        .zip(rows)
        .zip(found)
        .map(|((logits, row), found)| {
            let offset = row.sampled.token(logits.sampled, found.rest);
            Drawn {
                token: (found.block * BLOCK + offset) as u32,
                logprob: row.sampled.logprob(logits.sampled[offset]),
                policy_logprob: row.policy.logprob(logits.policy[offset]),
            }
        })
        .collect()
}

/// The tokens that the device's own kernel draws, if it has one.
fn drawn_by_kernel(distributions: &[Distribution], asks: &[Ask]) -> Option<Vec<Drawn>> {
    let Pair { sampled, policy } = Pair::of(distributions);
    let uniforms = asks
        .iter()
        .map(|ask| ask.uniform.map_or(-1.0, |uniform| uniform as f32));
    let uniforms = host::tensor(uniforms.collect(), [asks.len()], &sampled.logits.device());
    let rows = |of: &Distribution| of.logits.clone().flatten::<2>(1, 2);
    let drawn = gpu::draw(&rows(sampled), &rows(policy), &uniforms, sampled.temperature)?;
    let drawn = host::values(&drawn);
    let (drawn, _) = drawn.as_chunks();
    let row = |[token, logprob, policy_logprob]: &[f32; 3]| Drawn {
        token: *token as u32,
        logprob: *logprob,
        policy_logprob: *policy_logprob,
    };
    Some(drawn.iter().map(row).collect())
}

/// A row's figures under the distribution that is drawn from and under the policy itself. If neither parameters nor
/// penalties change the policy's distribution, the two are the same, computed and fetched once.
struct Pair<'a, T> {
    sampled: &'a T,
    policy: &'a T,
}

impl<'a, T> Pair<'a, T> {
    /// Of one or two, in the order of [`distributions`].
    fn of(parts: &'a [T]) -> Self {
        Self {
            sampled: &parts[0],
            policy: &parts[parts.len() - 1],
        }
    }
}

/// `softmax(logits / temperature)` over `[n, blocks, BLOCK]`.
struct Distribution {
    logits: Tensor<3>,
    temperature: f32,
}

impl Distribution {
    /// The largest logit of each block, and the sum of `exp((x - largest of the row) / temperature)`: `[n, blocks, 2]`.
    fn summarise(&self) -> Tensor<3> {
        let maxima = self.logits.clone().max_dim(2);
        let shifted = self.logits.clone() - maxima.clone().max_dim(1);
        let sums = (shifted / self.temperature).exp().sum_dim(2);
        Tensor::cat(vec![maxima, sums], 2)
    }

    /// The logits of the block that was found for each row: `[n, 1, BLOCK]`.
    fn blocks(&self, found: &[Found]) -> Tensor<3> {
        let [n, count, _] = self.logits.dims();
        let line = |(row, found): (usize, &Found)| (row * count + found.block) as u32;
        let lines: Vec<u32> = found.iter().enumerate().map(line).collect();
        let all = self.logits.clone().reshape([n * count, BLOCK]);
        embed::forward(&all, &lines).reshape([n, 1, BLOCK])
    }
}

/// The distribution to draw from, and then that of the policy, if it is another one.
fn distributions(logits: &Tensor<2>, asks: &[Ask], params: &SamplingParams) -> Vec<Distribution> {
    let (policy, vocab) = (blocks(rows(logits, asks)), logits.dims()[1]);
    let greedy = params.temperature == 0.0;
    let temperature = if greedy { 1.0 } else { params.temperature };
    let truncates = !greedy && params.truncates(vocab);
    let penalties = asks.iter().any(|ask| !ask.penalties.is_empty());
    let mut parts = Vec::new();
    if penalties || truncates || temperature != 1.0 {
        let mut logits = penalised(policy.clone(), asks, vocab);
        if truncates {
            logits = truncation::truncated(logits, params);
        }
        parts.push(Distribution { logits, temperature });
    }
    parts.push(Distribution {
        logits: policy,
        temperature: 1.0,
    });
    parts
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
    if count * BLOCK == vocab {
        return logits.reshape([n, count, BLOCK]);
    }
    let rest = Tensor::full([n, count * BLOCK - vocab], f32::NEG_INFINITY, &device);
    Tensor::cat(vec![logits, rest], 1).reshape([n, count, BLOCK])
}

/// Logits `[n, blocks, BLOCK]` after penalties.
fn penalised(logits: Tensor<3>, asks: &[Ask], vocab: usize) -> Tensor<3> {
    let (shape, device) = (logits.dims(), logits.device());
    let width = shape[1] * BLOCK;
    let of_row = |(row, ask): (usize, &Ask)| -> Vec<(u32, f32)> {
        // A tokenizer may name an end token that the model has no logit for.
        let known = ask.penalties.iter().filter(|(token, _)| (*token as usize) < vocab);
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

/// The block of a draw, and how far into it the draw falls; nothing for the most likely token.
#[derive(Debug, Clone, Copy)]
struct Found {
    block: usize,
    rest: Option<f64>,
}

/// A row's distribution, as figures of its blocks.
#[derive(Debug, Clone, Copy)]
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
            return logits.position(|x| f64::from(*x) == self.largest).unwrap_or(0);
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
mod tests;
