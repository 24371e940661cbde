//! One response in the making.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::distribution::choose;
use super::{Finish, Sample, SamplingParams};
use crate::Tokenizer;

/// Tokens that may straddle a stop string's bytes: special and partial ones have no text of their own.
const SLACK: usize = 8;

/// A response with its random stream.
pub(super) struct Response {
    pub tokens: Vec<u32>,
    logprobs: Vec<f32>,
    rng: ChaCha8Rng,
    /// Tokens that it may have.
    limit: usize,
    pub finish: Option<Finish>,
}

impl Response {
    pub fn new(seed: u64, limit: usize) -> Self {
        Self {
            tokens: Vec::new(),
            logprobs: Vec::new(),
            rng: ChaCha8Rng::seed_from_u64(seed),
            limit,
            finish: None,
        }
    }

    /// Draws the next token from `logits` (used as scratch) and decides whether the response ends with it.
    pub fn extend(&mut self, logits: &mut [f32], params: &SamplingParams, tokenizer: &Tokenizer) {
        let rng = &mut self.rng;
        let uniform = || (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        let (token, logprob) = choose(logits, &self.tokens, params, uniform);
        self.tokens.push(token);
        self.logprobs.push(logprob);
        if tokenizer.eos_ids().contains(&token) || self.stopped(params, tokenizer) {
            self.finish = Some(Finish::Stop);
        } else if self.tokens.len() >= self.limit {
            self.finish = Some(Finish::Length);
        }
    }

    /// Whether the end of the text has a stop string. A token has at least one byte, so few tokens need decoding.
    fn stopped(&self, params: &SamplingParams, tokenizer: &Tokenizer) -> bool {
        let Some(longest) = params.stop.iter().map(String::len).max() else {
            return false;
        };
        let tail = &self.tokens[self.tokens.len().saturating_sub(longest + SLACK)..];
        let text = tokenizer.decode(tail);
        params
            .stop
            .iter()
            .any(|stop| !stop.is_empty() && text.contains(stop))
    }

    pub fn into_sample(self) -> Sample {
        Sample {
            tokens: self.tokens,
            logprobs: self.logprobs,
            finish: self.finish.unwrap_or(Finish::Length),
        }
    }
}
