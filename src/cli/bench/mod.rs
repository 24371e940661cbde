//! `serl bench`: how fast a policy samples, scores and learns on this machine.

mod batching;
mod demand;
mod measure;
mod model;
mod prefill;
mod process;
mod rollout;
mod spread;
mod step;
mod train;
mod workload;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::terminal::Terminal;

const AFTER: &str = "\
Each benchmark warms up, repeats its work `--repeat` times, and prints the median and the extremes.
Loading and warming up are not counted. Prompts are token ids drawn from the vocabulary; the same
seed draws the same ones. LENGTHS is a number, or a range such as `16..400` to spread evenly over.

Examples:
  serl bench rollout --model DIR --prompts 4 --samples 16 --prompt-tokens 100 --new-tokens 128
  serl bench rollout --prompts 16 --prompt-tokens 16..400 --new-tokens 8..128
  serl bench train --prompts 4 --samples 4 --json | jq .seconds.median
  serl bench train --model DIR --random --lora-rank 16
  serl bench step --profile
  serl bench rollout --model DIR --limits";

/// Measure sampling, scoring and training on a model
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct BenchArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Sample responses to a batch of prompts
    Rollout(rollout::RolloutArgs),
    /// Take one optimizer step on prompts with responses: PPO's clipped objective, AdamW
    Train(train::TrainArgs),
    /// Score prompts: compute the log-probability of every token
    Prefill(prefill::PrefillArgs),
    /// Take one whole step of SeRL: responses, majority vote, advantages, optimizer step
    Step(step::StepArgs),
}

/// Runs a benchmark and prints its figures.
pub(super) fn run(args: &BenchArgs, terminal: &Terminal) -> Result<()> {
    match &args.what {
        What::Rollout(args) => rollout::run(args, terminal),
        What::Train(args) => train::run(args, terminal),
        What::Prefill(args) => prefill::run(args, terminal),
        What::Step(args) => step::run(args, terminal),
    }
}
