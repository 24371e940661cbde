//! Sampling: prompts and seeds in, responses out, behind the trait [`Sampler`].
//!
//! A [`Policy`](crate::Policy) in this process is one ([`local`]): each prompt is prefilled once, its responses decode
//! together, and those that end make room for others. Randomness is one ChaCha8 stream per response, so a response
//! depends on its prompt and its seed, not on its neighbours. Knows no reward and no meaning of a text.

mod call;
mod check;
mod distribution;
mod draft;
mod draw;
mod local;
mod params;
mod remote;
mod rules;
mod scheduler;
mod truncation;

pub(crate) use local::{at_once, bounds};
pub use params::{SamplingParams, TEMPERATURES};
pub use rules::Rules;

use crate::{LmError, Tokenizer};

/// A prompt with the seeds of its responses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Token ids of the prompt, not empty.
    pub prompt: Vec<u32>,
    /// One response is drawn per seed.
    pub seeds: Vec<u64>,
    /// The most tokens of each response, where that is fewer than [`SamplingParams::max_new_tokens`]: one number per
    /// seed, or none at all.
    pub limits: Vec<usize>,
}

impl Request {
    /// The most tokens of response `response`.
    pub fn limit(&self, response: usize, params: &SamplingParams) -> usize {
        let own = self.limits.get(response).copied();
        own.map_or(params.max_new_tokens, |own| own.min(params.max_new_tokens))
    }
}

/// Why a response ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// With an end token, a stop token or a stop string.
    Stop,
    /// At its limit of tokens.
    Length,
}

/// What a policy answers to a prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// Its tokens, including the end token, if one was drawn, or those that complete the stop string.
    pub tokens: Vec<u32>,
    /// Log-probability of each token under the distribution that it was drawn from (after penalties, temperature, top-k
    /// and top-p), in nats. For temperature 0: under the penalised distribution at temperature 1. Empty if the sampler
    /// does not report them; a [`Policy`](crate::Policy) always does.
    pub logprobs: Vec<f32>,
    /// Log-probability of each token under the policy itself, in nats: temperature 1, the whole vocabulary, no penalty.
    /// `None` if the sampler does not report them; a [`Policy`](crate::Policy) always does.
    pub policy_logprobs: Option<Vec<f32>>,
    /// Why it ended.
    pub finish: Finish,
}

/// How far a call of [`Sampler::sample`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleProgress {
    /// Responses that are finished.
    pub rows_done: usize,
    /// Responses asked for.
    pub rows: usize,
    /// Tokens drawn so far.
    pub tokens: usize,
}

/// Draws responses to prompts.
///
/// A [`Policy`](crate::Policy) samples in this process. A server elsewhere is another implementation, which wraps its
/// errors with [`LmError::sampler`].
pub trait Sampler {
    /// The tokenizer that prompts are encoded and responses decoded with.
    fn tokenizer(&self) -> &Tokenizer;

    /// The most tokens that a prompt and its response may have together.
    fn context_length(&self) -> usize;

    /// Identifies what draws, apart from the weights, as far as it can change a response. It belongs into the key of
    /// stored responses. For a policy in this process: `{"kind": "local", "device": "flex", "dtype": "f32"}`.
    fn identity(&self) -> serde_json::Value;

    /// Draws one response per seed: a list per request, in the order given. `on_step` is called whenever tokens have
    /// been drawn.
    ///
    /// # Errors
    /// A prompt that is empty, has ids outside the vocabulary, or does not fit the context with `max_new_tokens`;
    /// parameters or limits out of their range; logits that are not finite; an error of a sampler outside this crate
    /// ([`LmError::Sampler`]).
    fn sample(
        &self,
        requests: &[Request],
        params: &SamplingParams,
        on_step: &mut dyn FnMut(SampleProgress),
    ) -> Result<Vec<Vec<Response>>, LmError>;
}

#[cfg(test)]
mod tests;
