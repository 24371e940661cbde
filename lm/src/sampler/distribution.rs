//! From a row of logits to a token and its log-probabilities.

use super::SamplingParams;
use super::truncation::kept;
use crate::ops::host::{self, math};

/// Probabilities are summed in blocks of this size, so that finding the drawn token skips over most of them.
const BLOCK: usize = 256;

/// A token as it was drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Drawn {
    pub token: u32,
    /// Its log-probability under the distribution that it was drawn from, in nats.
    pub logprob: f32,
    /// Its log-probability under the policy itself: temperature 1, all tokens, no penalty.
    pub policy_logprob: f32,
}

/// Memory of a draw, reused by the next.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Penalties to subtract from logits, each token at most once for each reason; infinity forbids the token.
    pub penalties: Vec<(u32, f32)>,
    /// Unnormalised probabilities, the largest being 1.
    weights: Vec<f32>,
    /// Their sums in blocks of [`BLOCK`].
    blocks: Vec<f64>,
}

/// A softmax before it is normalised: `p_i = exp(x_i - largest) / total`.
#[derive(Debug, Clone, Copy)]
struct Normaliser {
    largest: f32,
    total: f64,
}

impl Normaliser {
    /// The log-probability of a token with logit `x`.
    fn logprob(self, x: f32) -> f32 {
        (f64::from(x) - f64::from(self.largest) - self.total.ln()) as f32
    }
}

/// Chooses a token from `logits` after the penalties in `scratch`; `uniform` is from `[0, 1)`.
pub(super) fn choose(
    logits: &[f32],
    params: &SamplingParams,
    scratch: &mut Scratch,
    uniform: impl FnOnce() -> f64,
) -> Drawn {
    let greedy = params.temperature == 0.0;
    let temperature = if greedy { 1.0 } else { params.temperature };
    let plain = scratch.penalties.is_empty() && temperature == 1.0;
    let sampled = scratch.weigh(logits, temperature);
    let policy = if plain { sampled } else { sum(logits) };
    let (token, kept_total) = if greedy {
        (scratch.first(logits, sampled.largest), sampled.total)
    } else if params.truncates(logits.len()) {
        let kept = kept(&scratch.weights, sampled.total, params.top_k, params.top_p);
        draw_kept(&kept, uniform())
    } else {
        (scratch.draw(sampled.total, uniform()), sampled.total)
    };
    let sampled = Normaliser {
        total: kept_total,
        ..sampled
    };
    Drawn {
        token: token as u32,
        logprob: sampled.logprob(scratch.penalised(logits, token) / temperature),
        policy_logprob: policy.logprob(logits[token]),
    }
}

impl Scratch {
    /// Computes the weights of `logits` after penalties and temperature, and their sum.
    fn weigh(&mut self, logits: &[f32], temperature: f32) -> Normaliser {
        let Self {
            penalties,
            weights,
            blocks,
        } = self;
        weights.clear();
        weights.extend_from_slice(logits);
        for (token, penalty) in penalties.iter() {
            // A tokenizer may name an end token that the model has no logit for.
            if let Some(weight) = weights.get_mut(*token as usize) {
                *weight -= penalty;
            }
        }
        blocks.clear();
        blocks.resize(weights.len().div_ceil(BLOCK), 0.0);
        let largest = host::vectorised(
            #[inline(always)]
            || {
                if temperature != 1.0 {
                    for weight in weights.iter_mut() {
                        *weight /= temperature;
                    }
                }
                let largest = math::max(weights);
                for (block, sum) in weights.chunks_mut(BLOCK).zip(blocks.iter_mut()) {
                    *sum = f64::from(math::exp_sum(block, largest));
                }
                largest
            },
        );
        Normaliser {
            largest,
            total: blocks.iter().sum(),
        }
    }

    /// A token's logit after its penalties.
    fn penalised(&self, logits: &[f32], token: usize) -> f32 {
        let penalties = self.penalties.iter().filter(|(id, _)| *id as usize == token);
        penalties.fold(logits[token], |x, (_, penalty)| x - penalty)
    }

    /// The first of the most likely tokens, whose penalised logit is `largest`. The weights of others may round to 1,
    /// too.
    fn first(&self, logits: &[f32], largest: f32) -> usize {
        let likely = self.weights.iter().enumerate().filter(|(_, weight)| **weight == 1.0);
        let mut tokens = likely.map(|(token, _)| token);
        tokens
            .find(|token| self.penalised(logits, *token) == largest)
            .unwrap_or(0)
    }

    /// The token at which the running sum of the weights passes `uniform * total`.
    fn draw(&self, total: f64, uniform: f64) -> usize {
        let mut rest = uniform * total;
        let mut chosen = 0;
        'blocks: for (index, block) in self.blocks.iter().enumerate() {
            if rest >= *block {
                rest -= block;
                continue;
            }
            for (offset, weight) in self.weights[index * BLOCK..].iter().take(BLOCK).enumerate() {
                if *weight > 0.0 {
                    chosen = index * BLOCK + offset;
                    rest -= f64::from(*weight);
                    if rest < 0.0 {
                        break 'blocks;
                    }
                }
            }
        }
        // Rounding may leave the draw past the last token: then `chosen` is 0 or the last one examined, of weight above
        // 0.
        if self.weights[chosen] == 0.0 {
            let last = self.weights.iter().rposition(|weight| *weight > 0.0);
            chosen = last.unwrap_or(0);
        }
        chosen
    }
}

/// The normaliser of `softmax(logits)`; the logits stay as they are.
fn sum(logits: &[f32]) -> Normaliser {
    host::vectorised(
        #[inline(always)]
        || {
            let largest = math::max(logits);
            let mut total = 0.0;
            let mut block = [0.0; BLOCK];
            for chunk in logits.chunks(BLOCK) {
                let block = &mut block[..chunk.len()];
                block.copy_from_slice(chunk);
                total += f64::from(math::exp_sum(block, largest));
            }
            Normaliser { largest, total }
        },
    )
}

/// Draws from (token, weight) pairs; returns the token and the sum of all weights.
fn draw_kept(kept: &[(u32, f32)], uniform: f64) -> (usize, f64) {
    let total: f64 = kept.iter().map(|(_, weight)| f64::from(*weight)).sum();
    let mut rest = uniform * total;
    let mut chosen = 0;
    for (token, weight) in kept {
        chosen = *token as usize;
        rest -= f64::from(*weight);
        if rest < 0.0 {
            break;
        }
    }
    (chosen, total)
}

#[cfg(test)]
pub(super) mod tests;
