//! How fast a model samples and trains on this machine.

use std::time::Instant;

use anyhow::Result;
use serl_lm::{Device, Dtype, Group, Policy, Request, Sampler, SamplingParams, logprobs};

use super::found::Model;

/// Weights up to which more is sampled, for a better figure.
const SMALL: usize = 400_000_000;
/// A training step takes about as long as four forward passes: one of the policy, two for its gradients, and one of the
/// policy that the KL is measured from.
const PASSES: f64 = 4.0;
/// Tokens that are scored at once.
const AT_ONCE: usize = 4_096;

/// Tokens per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Sampled.
    pub sampled: f64,
    /// Trained on, prompts included: estimated from the forward pass.
    pub trained: f64,
    /// Weights of the model.
    pub parameters: usize,
    /// Seconds that the measurement took, loading aside.
    pub seconds: f64,
}

/// Samples and scores a few responses of at most `longest` tokens to the `prompts`, which are token ids.
///
/// # Errors
/// A model that cannot be loaded or run.
pub fn measured(model: &Model, device: &str, prompts: &[Vec<u32>], longest: usize) -> Result<Pace> {
    let device: Device = crate::session::device(device, Dtype::F32, 0)?;
    let policy = Policy::load(model.path.as_path(), &device)?;
    let (samples, length) = if policy.parameters() <= SMALL { (16, 32) } else { (8, 8) };
    let length = length.min(longest);
    // The first tokens load weights into caches, and on a GPU compile kernels.
    let started = Instant::now();
    sample(&policy, prompts, samples, 4)?;
    let timed = Instant::now();
    let responses = sample(&policy, prompts, samples, length)?;
    let sampled = responses.iter().flatten().map(Vec::len).sum::<usize>() as f64 / timed.elapsed().as_secs_f64();
    let groups = prompts.iter().zip(&responses).map(|(prompt, responses)| Group {
        prompt,
        responses: responses.iter().take(4).map(Vec::as_slice).collect(),
    });
    let groups: Vec<Group<'_>> = groups.collect();
    let scored: usize = groups
        .iter()
        .flat_map(|group| {
            group
                .responses
                .iter()
                .map(|response| group.prompt.len() + response.len())
        })
        .sum();
    let timed = Instant::now();
    logprobs(&policy, &groups, AT_ONCE)?;
    let forward = scored as f64 / timed.elapsed().as_secs_f64();
    Ok(Pace {
        sampled,
        trained: forward / PASSES,
        parameters: policy.parameters(),
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// Responses of exactly `length` tokens.
fn sample(policy: &Policy, prompts: &[Vec<u32>], samples: usize, length: usize) -> Result<Vec<Vec<Vec<u32>>>> {
    let params = SamplingParams {
        min_new_tokens: length,
        max_new_tokens: length,
        ..SamplingParams::default()
    };
    let request = |(at, prompt): (usize, &Vec<u32>)| Request {
        prompt: prompt.clone(),
        seeds: (0..samples).map(|sample| (at * samples + sample) as u64).collect(),
        limits: vec![length; samples],
    };
    let requests: Vec<Request> = prompts.iter().enumerate().map(request).collect();
    let responses = policy.sample(&requests, &params, &mut |_| {})?;
    let tokens = |group: Vec<serl_lm::Response>| group.into_iter().map(|response| response.tokens).collect();
    Ok(responses.into_iter().map(tokens).collect())
}
