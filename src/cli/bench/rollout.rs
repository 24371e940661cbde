//! `serl bench rollout`: sampling.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use serl_lm::{Footprint, Machine, Policy, Response, Sampler, SamplingParams, Shape};

use super::batching::BatchingArgs;
use super::demand::Demand;
use super::measure::{Work, measure};
use super::model::ModelArgs;
use super::workload::{Workload, WorkloadArgs};
use crate::terminal::Terminal;

/// New tokens of a warm-up, unless the device has to compile kernels for all shapes of a run.
const WARM_UP: usize = 4;

#[derive(Debug, Args)]
pub(super) struct RolloutArgs {
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    workload: WorkloadArgs,
    #[command(flatten)]
    batching: BatchingArgs,
}

struct Rollout<'a> {
    policy: &'a Policy,
    workload: Workload,
    seed: u64,
}

pub(super) fn run(args: &RolloutArgs, terminal: &Terminal) -> Result<()> {
    let (policy, about) = args.model.load(args.batching.batching())?;
    let seed = args.model.seed;
    let rollout = Rollout {
        policy: &policy,
        workload: args.workload.workload(&policy, seed)?,
        seed,
    };
    measure(rollout, about, &args.model, terminal)
}

impl Work for Rollout<'_> {
    const NAME: &'static str = "rollout";

    fn warm_up(&mut self) -> Result<()> {
        let compiles = self.policy.device().compiles();
        let tokens = if compiles { usize::MAX } else { WARM_UP };
        draw(self.policy, &self.workload, self.seed, tokens)?;
        Ok(())
    }

    fn run(&mut self) -> Result<(usize, Value)> {
        let responses = draw(self.policy, &self.workload, self.seed, usize::MAX)?;
        Ok((tokens(&responses), json!({})))
    }

    fn describe(&self) -> Value {
        describe(&self.workload)
    }

    fn footprint(&self) -> Result<Footprint> {
        Ok(sampling(self.policy, &self.workload))
    }

    fn demand(&self) -> Result<Demand> {
        Ok(demand(self.policy, &self.workload))
    }
}

/// What sampling the workload takes at least.
pub(super) fn demand(policy: &Policy, workload: &Workload) -> Demand {
    Demand::sampling(
        &Shape::of_policy(policy),
        &workload.lengths(),
        policy.device().precision(),
    )
}

/// Memory of a sampler of the workload.
pub(super) fn sampling(policy: &Policy, workload: &Workload) -> Footprint {
    Shape::of_policy(policy).sampling(&workload.lengths(), Machine::from(policy.device()))
}

/// Responses of the workload's lengths, or of `longest` tokens where that is fewer.
pub(super) fn draw(policy: &Policy, workload: &Workload, seed: u64, longest: usize) -> Result<Vec<Vec<Response>>> {
    let longest = workload.longest().min(longest);
    let params = SamplingParams {
        // No response may end before its length: those that are shorter than the longest end by their own limits.
        min_new_tokens: longest,
        max_new_tokens: longest,
        ..SamplingParams::default()
    };
    let requests = workload.requests(seed, longest);
    Ok(policy.sample(&requests, &params, &mut |_| {})?)
}

/// Tokens of all responses.
pub(super) fn tokens(responses: &[Vec<Response>]) -> usize {
    let lengths = responses.iter().flatten().map(|response| response.tokens.len());
    lengths.sum()
}

/// Counts of a workload.
pub(super) fn describe(workload: &Workload) -> Value {
    let prompt_tokens: usize = workload.prompts.iter().map(Vec::len).sum();
    json!({
        "prompts": workload.prompts.len(),
        "samples": workload.membership().len(),
        "prompt_tokens": prompt_tokens,
        "new_tokens": workload.sampled(),
    })
}
