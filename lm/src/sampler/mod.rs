//! Drawing responses: prompts are prefilled once per group, rows decode in step, finished rows leave.
//!
//! Randomness is one ChaCha8 stream per sample, so a sample depends on its prompt and its seed, not on its neighbours.
//! Knows no reward and no meaning of a text.

mod distribution;
mod row;
mod wave;

use std::collections::BTreeSet;

use crate::{LmError, Policy};
use wave::Wave;

/// A prompt and the seeds of its samples.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Token ids of the prompt, not empty.
    pub prompt: Vec<u32>,
    /// One sample is drawn per seed.
    pub seeds: Vec<u64>,
    /// Tokens that each sample may have, where that is fewer than [`SamplingParams::max_new_tokens`]. Empty: no limits but
    /// that one; else one for each seed.
    pub limits: Vec<usize>,
}

impl Group {
    /// Tokens that sample `sample` may have.
    fn limit(&self, sample: usize, params: &SamplingParams) -> usize {
        let own = self.limits.get(sample).copied();
        own.map_or(params.max_new_tokens, |own| own.min(params.max_new_tokens))
    }
}

/// How tokens are chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplingParams {
    /// Divides the logits; 0 takes the most likely token.
    pub temperature: f32,
    /// The smallest set of tokens with at least this probability is kept (Holtzman et al. 2020); 1 keeps all.
    pub top_p: f32,
    /// That many of the most likely tokens are kept; 0 keeps all.
    pub top_k: usize,
    /// Subtracted from the logits of tokens that the response already has.
    pub presence_penalty: f32,
    /// The response is cut after that many tokens.
    pub max_new_tokens: usize,
    /// The response ends when its text contains one of these.
    pub stop: Vec<String>,
}

impl Default for SamplingParams {
    fn default() -> Self {
        Self {
            temperature: 1.0,
            top_p: 1.0,
            top_k: 0,
            presence_penalty: 0.0,
            max_new_tokens: 256,
            stop: Vec::new(),
        }
    }
}

/// Why a response ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// With an end token or a stop string.
    Stop,
    /// At `max_new_tokens`.
    Length,
}

/// A response.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Its tokens; the end token, if one was drawn, or those that complete the stop string included.
    pub tokens: Vec<u32>,
    /// Log-probability of each token under the distribution that it was drawn from (after temperature, penalty, top-k and
    /// top-p), in nats. For temperature 0: under the penalised distribution at temperature 1.
    pub logprobs: Vec<f32>,
    /// Why it ended.
    pub finish: Finish,
}

/// How far a call of [`sample`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleProgress {
    /// Samples that are finished.
    pub rows_done: usize,
    /// Samples asked for.
    pub rows: usize,
    /// Tokens drawn so far.
    pub tokens: usize,
}

/// Draws `seeds.len()` samples for each group, in the order given. `on_step` is called after every decoding step.
///
/// # Errors
/// A prompt that is empty, has ids outside the vocabulary, or does not fit the context with `max_new_tokens`; parameters or
/// limits out of their range.
pub fn sample(
    policy: &Policy,
    groups: &[Group],
    params: &SamplingParams,
    on_step: &mut dyn FnMut(SampleProgress),
) -> Result<Vec<Vec<Sample>>, LmError> {
    check(policy, groups, params)?;
    let rows = groups.iter().map(|group| group.seeds.len()).sum();
    let mut progress = SampleProgress {
        rows_done: 0,
        rows,
        tokens: 0,
    };
    let mut samples: Vec<Vec<Sample>> = groups.iter().map(|_| Vec::new()).collect();
    for jobs in waves(policy, groups, params) {
        let drawn = Wave::start(policy, groups, &jobs, params).run(&mut progress, on_step);
        for ((group, _), sample) in jobs.into_iter().zip(drawn) {
            samples[group].push(sample);
        }
    }
    Ok(samples)
}

fn check(policy: &Policy, groups: &[Group], params: &SamplingParams) -> Result<(), LmError> {
    let range = |ok: bool, message: String| {
        if ok {
            Ok(())
        } else {
            Err(LmError::Invalid(message))
        }
    };
    let SamplingParams {
        temperature,
        top_p,
        presence_penalty,
        max_new_tokens,
        ..
    } = *params;
    range(
        temperature >= 0.0 && temperature.is_finite(),
        format!("temperature is {temperature}; it must be at least 0"),
    )?;
    range(
        top_p > 0.0 && top_p <= 1.0,
        format!("top_p is {top_p}; it must be above 0 and at most 1"),
    )?;
    range(
        presence_penalty.is_finite(),
        format!("presence_penalty is {presence_penalty}; it must be finite"),
    )?;
    range(
        max_new_tokens > 0,
        "max_new_tokens is 0; it must be at least 1".to_owned(),
    )?;
    for (index, group) in groups.iter().enumerate() {
        policy.check(index, &group.prompt, max_new_tokens)?;
        let (limits, seeds) = (group.limits.len(), group.seeds.len());
        range(
            limits == 0 || limits == seeds,
            format!(
                "group {index} has {limits} limits for {seeds} seeds; it must have one for each, or none"
            ),
        )?;
        range(
            !group.limits.contains(&0),
            format!("group {index} has a limit of 0 tokens; it must be at least 1"),
        )?;
    }
    Ok(())
}

/// Key-value memory of a wave, in bytes: bounds how many rows decode together.
const WAVE_BYTES: usize = 1 << 30;

/// Rows of a wave at most: more do not make matrix products faster.
const WAVE_ROWS: usize = 512;

/// The samples as (group, its sample), cut into waves of bounded memory. Longer prompts come first within nothing: order is kept,
/// so that progress and results follow the caller's.
fn waves(policy: &Policy, groups: &[Group], params: &SamplingParams) -> Vec<Vec<(usize, usize)>> {
    let config = &policy.model.config;
    let token_bytes = 2 * config.kv_width() * config.layers * size_of::<f32>();
    let mut waves: Vec<Vec<(usize, usize)>> = Vec::new();
    let (mut bytes, mut prompts) = (0, BTreeSet::new());
    for (index, group) in groups.iter().enumerate() {
        for sample in 0..group.seeds.len() {
            let prompt = if prompts.contains(&index) {
                0
            } else {
                group.prompt.len()
            };
            let row_bytes = (prompt + params.max_new_tokens) * token_bytes;
            let full = waves
                .last()
                .is_none_or(|wave| wave.len() >= WAVE_ROWS || bytes + row_bytes > WAVE_BYTES);
            if full {
                waves.push(Vec::new());
                bytes = 0;
                prompts.clear();
            }
            prompts.insert(index);
            bytes += row_bytes;
            if let Some(wave) = waves.last_mut() {
                wave.push((index, sample));
            }
        }
    }
    waves
}

#[cfg(test)]
mod tests;
