//! `serl bench prefill`: scoring.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use serl_lm::{Batching, Footprint, Group, Lengths, Machine, Policy, Rows, Shape, logprobs};

use super::demand::{Backward, Demand};
use super::measure::{Work, measure};
use super::model::ModelArgs;
use super::spread::Spread;
use super::workload::{Workload, texts};
use crate::terminal::Terminal;

#[derive(Debug, Args)]
pub(super) struct PrefillArgs {
    #[command(flatten)]
    model: ModelArgs,
    /// Number of prompts
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        default_value_t = 64,
        value_parser = clap::value_parser!(u32).range(1..=4096)
    )]
    prompts: u32,
    /// Tokens per prompt, or a range to spread over the prompts
    #[arg(long, value_name = "LENGTHS", default_value = "100")]
    prompt_tokens: Spread,
    /// JSON file as for `rollout`; only its prompts are scored
    #[arg(long, value_name = "FILE", conflicts_with_all = ["prompts", "prompt_tokens"])]
    prompts_file: Option<PathBuf>,
    /// Tokens computed at once; memory grows with them
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        default_value_t = 4096,
        value_parser = clap::value_parser!(u32).range(1..=4096)
    )]
    micro_batch_tokens: u32,
}

struct Prefill<'a> {
    policy: &'a Policy,
    prompts: Vec<Vec<u32>>,
    micro_batch_tokens: usize,
}

pub(super) fn run(args: &PrefillArgs, terminal: &Terminal) -> Result<()> {
    args.model.refuse_int8("prefill")?;
    let (policy, about) = args.model.load(Batching::DEFAULT)?;
    let seed = args.model.seed;
    let prompts = match &args.prompts_file {
        Some(path) => Workload::read(path)?.prompts,
        None => {
            let lengths = args.prompt_tokens.lengths(args.prompts as usize, seed);
            texts(&policy, &lengths, seed)?
        }
    };
    let prefill = Prefill {
        policy: &policy,
        prompts,
        micro_batch_tokens: args.micro_batch_tokens as usize,
    };
    measure(prefill, about, &args.model, terminal)
}

impl Prefill<'_> {
    fn tokens(&self) -> usize {
        self.prompts.iter().map(Vec::len).sum()
    }

    /// As [`scored`] cuts them.
    fn lengths(&self) -> Vec<Lengths> {
        let lengths = self.prompts.iter().map(|prompt| Lengths {
            prompt: 1,
            responses: vec![prompt.len().saturating_sub(1)],
        });
        lengths.collect()
    }
}

/// A prompt whose tokens are all scored except the first, which nothing predicts.
fn scored(prompt: &[u32]) -> Group<'_> {
    let (first, rest) = prompt.split_at(prompt.len().min(1));
    Group {
        prompt: first,
        responses: vec![rest],
    }
}

impl Work for Prefill<'_> {
    const NAME: &'static str = "prefill";

    fn run(&mut self) -> Result<(usize, Value)> {
        let groups: Vec<Group> = self.prompts.iter().map(|prompt| scored(prompt)).collect();
        let scores = logprobs(self.policy, &groups, self.micro_batch_tokens)?;
        let sum = scores.iter().flat_map(|scores| &scores.logprobs).map(|l| f64::from(*l));
        let (sum, count) = sum.fold((0.0, 0), |(sum, count), l| (sum + l, count + 1));
        let figures = json!({"mean_logprob": sum / f64::from(count.max(1))});
        Ok((self.tokens(), figures))
    }

    fn describe(&self) -> Value {
        json!({"prompts": self.prompts.len(), "prompt_tokens": self.tokens()})
    }

    fn footprint(&self) -> Result<Footprint> {
        let (shape, machine) = (Shape::of_policy(self.policy), Machine::from(self.policy.device()));
        let rows = Rows::of(&shape, &self.lengths(), self.micro_batch_tokens, machine)?;
        Ok(shape.scoring(&rows, machine))
    }

    fn demand(&self) -> Result<Demand> {
        let shape = Shape::of_policy(self.policy);
        Ok(Demand::pass(&shape, &self.lengths(), Backward::Nowhere))
    }
}
