//! `serl bench train`: one optimizer step.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use serl_lm::rl::surrogate::ClippedObjective;
use serl_lm::{
    AdamWConfig, Batching, Device, Dtype, Footprint, Lengths, Machine, Policy, Rows, Shape, StepConfig, Trainer,
    Training, ValueBytes, logprobs,
};
use serl_stages::config::LoraConfig;

use super::demand::{Backward, Demand};
use super::measure::{Work, measure};
use super::model::ModelArgs;
use super::rollout::describe;
use super::workload::{Workload, WorkloadArgs};
use crate::terminal::Terminal;

/// How far PPO's clip lets the importance ratio be from 1.
pub(super) const CLIP: f32 = 0.2;

#[derive(Debug, Args)]
pub(super) struct TrainArgs {
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    workload: WorkloadArgs,
    #[command(flatten)]
    step: OptimizerArgs,
}

/// How a step is computed.
#[derive(Debug, Args)]
pub(super) struct OptimizerArgs {
    /// Learning rate
    #[arg(long, value_name = "X", default_value_t = 1e-6)]
    lr: f64,
    /// Tokens computed at once; memory grows with them
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        default_value_t = 2048,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    micro_batch_tokens: u32,
    /// Recompute activations in the backward pass: less memory, more work
    #[arg(long)]
    gradient_checkpointing: bool,
    /// Keep the optimizer's moments in f32 or bf16
    #[arg(long, value_name = "DTYPE", default_value_t)]
    moments: Dtype,
    /// Sum the gradient in so many parts, a power of two
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = power_of_two)]
    data_parallel: u32,
    /// Compute so many parts of the gradient at the same time, a power of two
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = power_of_two)]
    ranks: u32,
    /// Freeze the weights and train low-rank pairs of this rank for all block matrices; 0 trains the weights
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        default_value_t = 0,
        value_parser = clap::value_parser!(u32).range(..=4096)
    )]
    lora_rank: u32,
    /// Scale a pair's product by `alpha / rank`
    #[arg(long, value_name = "X", default_value_t = 32.0, value_parser = positive)]
    lora_alpha: f64,
}

fn positive(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    let good = value > 0.0 && value.is_finite();
    good.then_some(value).ok_or_else(|| "must be above 0".to_owned())
}

fn power_of_two(text: &str) -> Result<u32, String> {
    let number: u32 = text.parse().map_err(|_| "not a number".to_owned())?;
    let good = number.is_power_of_two();
    good.then_some(number)
        .ok_or_else(|| "must be a power of two".to_owned())
}

impl OptimizerArgs {
    /// A trainer of `policy` with the constants of `serl run`; `seed` initialises the low-rank pairs.
    pub(super) fn trainer(&self, policy: Policy, seed: u64) -> Result<Trainer> {
        let adamw = AdamWConfig {
            beta1: 0.9,
            beta2: 0.95,
            epsilon: 1e-8,
            weight_decay: 0.0,
        };
        let trainer = self
            .lora()
            .trainer(policy, seed, adamw)?
            .keep_moments_in(self.moments)?;
        Ok(trainer.on_ranks(self.ranks as usize)?)
    }

    /// Counts of the workload, and the rank if low-rank pairs are trained.
    pub(super) fn describe(&self, workload: &Workload) -> Value {
        let mut told = describe(workload);
        if self.lora_rank > 0 {
            told["lora_rank"] = self.lora_rank.into();
        }
        if self.moments != Dtype::F32 {
            told["moments"] = self.moments.name().into();
        }
        if self.data_parallel > 1 {
            told["data_parallel"] = self.data_parallel.into();
            told["ranks"] = self.ranks.into();
        }
        told
    }

    /// Memory of a step on responses of these lengths, or of scoring them before, whichever is more; beside the
    /// weights that score are `copies` bytes of others.
    pub(super) fn footprint(
        &self,
        shape: &Shape,
        lengths: &[Lengths],
        device: &Device,
        copies: u64,
    ) -> Result<Footprint> {
        let machine = Machine::from(device);
        let rows = Rows::of(shape, lengths, self.micro_batch_tokens as usize, machine)?;
        let training = Training {
            lora: self.lora().adapter(),
            gradient_checkpointing: self.gradient_checkpointing,
            bytes: ValueBytes::with_moments_in(self.moments),
            data_parallel: self.data_parallel.into(),
            ranks: self.ranks.into(),
        };
        let scoring = shape.scoring(&rows, machine);
        let scoring = Footprint {
            copies: scoring.copies.max(copies),
            ..scoring
        };
        let phases = [scoring, shape.training(&rows, &training, machine)];
        Ok(phases.into_iter().max_by_key(Footprint::total).unwrap_or_default())
    }

    /// What a step on responses of these lengths takes at least.
    pub(super) fn demand(&self, shape: &Shape, lengths: &[Lengths]) -> Demand {
        let backward = match self.lora_rank {
            0 => Backward::Everywhere,
            _ => Backward::Through,
        };
        Demand::pass(shape, lengths, backward)
    }

    fn lora(&self) -> LoraConfig {
        LoraConfig {
            rank: self.lora_rank,
            alpha: self.lora_alpha,
            ..LoraConfig::default()
        }
    }

    /// The settings of a step.
    pub(super) fn config(&self) -> StepConfig {
        StepConfig {
            lr: self.lr,
            max_grad_norm: 1.0,
            micro_batch_tokens: self.micro_batch_tokens as usize,
            gradient_checkpointing: self.gradient_checkpointing,
            data_parallel: self.data_parallel as usize,
        }
    }
}

struct Train<'a> {
    args: &'a TrainArgs,
    shape: Shape,
    device: Device,
    trainer: Trainer,
    config: StepConfig,
    /// Description of the work, for the report.
    about: Value,
    workload: Workload,
    /// Per prompt, per response.
    responses: Vec<Vec<Vec<u32>>>,
    /// Per response, per token, of the policy before the first step.
    old: Vec<Vec<f32>>,
}

pub(super) fn run(args: &TrainArgs, terminal: &Terminal) -> Result<()> {
    args.model.refuse_int8("train")?;
    let (policy, about) = args.model.load(Batching::DEFAULT)?;
    let (seed, config) = (args.model.seed, args.step.config());
    let workload = args.workload.workload(&policy, seed)?;
    let responses = workload.responses(&policy, seed)?;
    let groups = workload.groups(&responses, |tokens| tokens);
    let scores = logprobs(&policy, &groups, config.micro_batch_tokens)?;
    let train = Train {
        args,
        shape: Shape::of_policy(&policy),
        device: about.device.clone(),
        trainer: args.step.trainer(policy, seed)?,
        config,
        about: args.step.describe(&workload),
        workload,
        responses,
        old: scores.into_iter().map(|scores| scores.logprobs).collect(),
    };
    measure(train, about, &args.model, terminal)
}

impl Work for Train<'_> {
    const NAME: &'static str = "train";

    /// One step; advantages alternate between 1 and -1 from response to response.
    fn run(&mut self) -> Result<(usize, Value)> {
        let advantages = self.old.iter().enumerate().map(|(i, old)| {
            let advantage = if i % 2 == 0 { 1.0 } else { -1.0 };
            vec![advantage; old.len()]
        });
        let objective = ClippedObjective::new(self.old.clone(), advantages.collect(), CLIP);
        let groups = self.workload.groups(&self.responses, |tokens| tokens);
        let report = self.trainer.step(&groups, &objective, &self.config)?;
        let tokens = groups.iter().flat_map(|group| {
            let responses = group.responses.iter();
            responses.map(|response| group.prompt.len() + response.len())
        });
        let figures = json!({"loss": report.loss, "grad_norm": report.grad_norm});
        Ok((tokens.sum(), figures))
    }

    fn describe(&self) -> Value {
        self.about.clone()
    }

    fn footprint(&self) -> Result<Footprint> {
        self.args
            .step
            .footprint(&self.shape, &self.workload.lengths(), &self.device, 0)
    }

    fn demand(&self) -> Result<Demand> {
        Ok(self.args.step.demand(&self.shape, &self.workload.lengths()))
    }
}
