//! How tokens are chosen, and which choices make sense.

use std::ops::RangeInclusive;

use crate::LmError;

/// The temperatures that divide logits without harm, beside 0. Below, a logit of 1e33 and more would become infinite;
/// above, logits that differ by less than 0.06 would become the same weight, and sampling is uniform anyway.
pub const TEMPERATURES: RangeInclusive<f32> = 1e-5..=1e6;

/// How tokens are chosen: penalties, then temperature, then top-k, then top-p, in the order of `transformers`'
/// `LogitsProcessor`s.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplingParams {
    /// Divides the logits; 0 takes the most likely token.
    pub temperature: f32,
    /// The smallest set of tokens with at least this probability is kept (Holtzman et al. 2020); 1 keeps all.
    pub top_p: f32,
    /// Number of most likely tokens that are kept; 0 keeps all.
    pub top_k: usize,
    /// Subtracted from the logits of tokens that the response already has (OpenAI's API reference), within -2..=2.
    pub presence_penalty: f32,
    /// Subtracted from a token's logit once for each time that the response already has it, within -2..=2.
    pub frequency_penalty: f32,
    /// End tokens and `stop_tokens` cannot be drawn, and stop strings end nothing, before the response has this many
    /// tokens.
    pub min_new_tokens: usize,
    /// The response is cut after this many tokens.
    pub max_new_tokens: usize,
    /// The response ends when its text contains one of these.
    pub stop: Vec<String>,
    /// Token ids that end the response, beside the model's own end tokens.
    pub stop_tokens: Vec<u32>,
}

impl Default for SamplingParams {
    fn default() -> Self {
        Self {
            temperature: 1.0,
            top_p: 1.0,
            top_k: 0,
            presence_penalty: 0.0,
            frequency_penalty: 0.0,
            min_new_tokens: 0,
            max_new_tokens: 256,
            stop: Vec::new(),
            stop_tokens: Vec::new(),
        }
    }
}

impl SamplingParams {
    /// Whether tokens that the response has are less or more likely to come again.
    pub(super) fn penalises(&self) -> bool {
        self.presence_penalty != 0.0 || self.frequency_penalty != 0.0
    }

    /// Whether tokens of a vocabulary of `vocab` are cut by top-k or top-p.
    pub(super) fn truncates(&self, vocab: usize) -> bool {
        self.top_k > 0 && self.top_k < vocab || self.top_p < 1.0
    }

    /// Refuses values out of their range, and those that a model with `vocab` token ids cannot meet.
    pub(super) fn check(&self, vocab: usize) -> Result<(), LmError> {
        let Self {
            temperature,
            top_p,
            min_new_tokens,
            max_new_tokens,
            ..
        } = *self;
        range(temperature == 0.0 || TEMPERATURES.contains(&temperature), || {
            format!("temperature is {temperature:?}; it must be 0 or within {TEMPERATURES:?}")
        })?;
        range(top_p > 0.0 && top_p <= 1.0, || {
            format!("top_p is {top_p}; it must be above 0 and at most 1")
        })?;
        for (name, penalty) in [
            ("presence_penalty", self.presence_penalty),
            ("frequency_penalty", self.frequency_penalty),
        ] {
            range((-2.0..=2.0).contains(&penalty), || {
                format!("{name} is {penalty}; it must be within -2..=2")
            })?;
        }
        range(max_new_tokens > 0, || {
            "max_new_tokens is 0; it must be at least 1".to_owned()
        })?;
        range(min_new_tokens <= max_new_tokens, || {
            format!("min_new_tokens is {min_new_tokens}; it must be at most max_new_tokens, {max_new_tokens}")
        })?;
        range(!self.stop.iter().any(String::is_empty), || {
            "stop has an empty string, which every text contains; leave it out".to_owned()
        })?;
        let outside = self.stop_tokens.iter().find(|id| **id as usize >= vocab);
        range(outside.is_none(), || {
            let id = outside.copied().unwrap_or_default();
            format!("stop_tokens has {id}, but the model's vocabulary has {vocab} entries")
        })
    }
}

/// An error unless `ok`.
pub(super) fn range(ok: bool, message: impl FnOnce() -> String) -> Result<(), LmError> {
    if ok { Ok(()) } else { Err(LmError::Invalid(message())) }
}
