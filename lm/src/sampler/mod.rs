//! Drawing responses: prompts are prefilled once per group, rows decode together, and those that end make room for
//! others.
//!
//! Randomness is one ChaCha8 stream per sample, so a sample depends on its prompt and its seed, not on its neighbours.
//! Knows no reward and no meaning of a text.

mod batch;
mod distribution;
mod draw;
mod params;
mod remote;
mod row;
mod scheduler;
mod truncation;

pub use params::SamplingParams;

use crate::engine::{Engine, Room};
use crate::{LmError, Policy};
use batch::Batch;
use row::Rules;
use scheduler::{Bounds, Demand, Scheduler};

/// A prompt and the seeds of its samples.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Token ids of the prompt, not empty.
    pub prompt: Vec<u32>,
    /// One sample is drawn per seed.
    pub seeds: Vec<u64>,
    /// Tokens that each sample may have, where that is fewer than [`SamplingParams::max_new_tokens`]. Empty: no limits
    /// but that one; else one for each seed.
    pub limits: Vec<usize>,
}

impl Group {
    /// Tokens that sample `sample` may have.
    fn limit(&self, sample: usize, params: &SamplingParams) -> usize {
        let own = self.limits.get(sample).copied();
        own.map_or(params.max_new_tokens, |own| own.min(params.max_new_tokens))
    }

    /// What the samples ask of the scheduler.
    fn demand(&self, params: &SamplingParams) -> Demand {
        let samples = 0..self.seeds.len();
        Demand {
            prompt: self.prompt.len(),
            limits: samples.map(|sample| self.limit(sample, params)).collect(),
        }
    }
}

/// Why a response ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// With an end token, a stop token or a stop string.
    Stop,
    /// At `max_new_tokens`.
    Length,
}

/// A response.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Its tokens; the end token, if one was drawn, or those that complete the stop string included.
    pub tokens: Vec<u32>,
    /// Log-probability of each token under the distribution that it was drawn from (after penalties, temperature, top-k
    /// and top-p), in nats. For temperature 0: under the penalised distribution at temperature 1.
    pub logprobs: Vec<f32>,
    /// Log-probability of each token under the policy itself, in nats: temperature 1, the whole vocabulary, no penalty.
    pub policy_logprobs: Vec<f32>,
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

/// Draws `seeds.len()` samples for each group, in the order given. `on_step` is called each time that rows have drawn a
/// token.
///
/// # Errors
/// A prompt that is empty, has ids outside the vocabulary, or does not fit the context with `max_new_tokens`;
/// parameters or limits out of their range.
pub fn sample(
    policy: &Policy,
    groups: &[Group],
    params: &SamplingParams,
    on_step: &mut dyn FnMut(SampleProgress),
) -> Result<Vec<Vec<Sample>>, LmError> {
    sample_on(policy, Policy::engine, groups, params, on_step)
}

/// [`sample`] on the engine that `open` gives.
fn sample_on<'a>(
    policy: &'a Policy,
    open: impl FnOnce(&'a Policy, Room) -> Box<dyn Engine + 'a>,
    groups: &[Group],
    params: &SamplingParams,
    on_step: &mut dyn FnMut(SampleProgress),
) -> Result<Vec<Vec<Sample>>, LmError> {
    check(policy, groups, params)?;
    let demands: Vec<Demand> = groups.iter().map(|group| group.demand(params)).collect();
    let scheduler = Scheduler::new(demands, bounds(policy));
    let (prompts, slots) = scheduler.capacity();
    let room = Room {
        prompts,
        slots,
        new_tokens: params.max_new_tokens,
    };
    let rules = Rules::new(params, policy.tokenizer());
    let mut engine = open(policy, room);
    let batch = Batch::new(groups, &rules, engine.as_mut(), scheduler, policy.vocab_size());
    Ok(batch.run(on_step))
}

fn check(policy: &Policy, groups: &[Group], params: &SamplingParams) -> Result<(), LmError> {
    params.check(policy)?;
    for (index, group) in groups.iter().enumerate() {
        policy.check(index, &group.prompt, params.max_new_tokens)?;
        let (limits, seeds) = (group.limits.len(), group.seeds.len());
        params::range(limits == 0 || limits == seeds, || {
            format!("group {index} has {limits} limits for {seeds} seeds; it must have one for each, or none")
        })?;
        params::range(!group.limits.contains(&0), || {
            format!("group {index} has a limit of 0 tokens; it must be at least 1")
        })?;
    }
    Ok(())
}

/// Key-value memory, in bytes, that a model of any size may use.
const MEMORY: usize = 2 << 30;

/// Rows that decode together at most: more do not make matrix products faster.
const SLOTS: usize = 512;

/// Tokens that are prefilled together.
const PREFILL_TOKENS: usize = 2048;

/// Bounds by the shape of the model alone, so that they are the same everywhere: keys and values may take as much
/// memory as the weights, if that is more than [`MEMORY`].
fn bounds(policy: &Policy) -> Bounds {
    let config = &policy.model.config;
    let token = 2 * config.kv_width() * config.layers * size_of::<f32>();
    let weights = policy.parameters() * size_of::<f32>();
    Bounds {
        slots: SLOTS,
        tokens: weights.max(MEMORY) / token,
        prefill: PREFILL_TOKENS,
    }
}

#[cfg(test)]
mod tests;
