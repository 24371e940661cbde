//! `serl bench`: how fast a policy samples, scores and learns here.

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
Each benchmark warms up, does its work `--repeat` times, and prints the median and the extremes; what
loading and warming up take is not counted. Prompts are token ids drawn from the vocabulary, the same
for the same seed. Lengths are a number, or a range such as `16..400` over which they are spread evenly.

Examples:
  serl bench rollout --model DIR --prompts 4 --samples 16 --prompt-tokens 100 --new-tokens 128
  serl bench rollout --prompts 16 --prompt-tokens 16..400 --new-tokens 8..128
  serl bench train --prompts 4 --samples 4 --json | jq .seconds.median
  serl bench train --model DIR --random --lora-rank 16
  serl bench step --profile";

/// Measure sampling, scoring and training on a model
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct BenchArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Draw samples for every prompt, together
    Rollout(rollout::RolloutArgs),
    /// One optimizer step on prompts with their samples: PPO's clipped objective, AdamW
    Train(train::TrainArgs),
    /// Score prompts: the log-probability of every token
    Prefill(prefill::PrefillArgs),
    /// One whole step of SeRL: samples, majority vote, advantages, optimizer step
    Step(step::StepArgs),
}

/// Measures and prints.
pub(super) fn run(args: &BenchArgs, terminal: &Terminal) -> Result<()> {
    match &args.what {
        What::Rollout(args) => rollout::run(args, terminal),
        What::Train(args) => train::run(args, terminal),
        What::Prefill(args) => prefill::run(args, terminal),
        What::Step(args) => step::run(args, terminal),
    }
}
