//! `serl bench step`: one step of SeRL on a batch of instructions, from sampling to the optimizer.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use serl_answers::{DEFAULT_ORDER, canonical, extract};
use serl_lm::rl::advantage;
use serl_lm::rl::ppo::ClippedObjective;
use serl_lm::{Sample, Sequence, StepConfig, Tokenizer, Trainer};
use serl_stages::vote::{Ballot, vote};

use super::measure::{Work, measure};
use super::model::ModelArgs;
use super::rollout::{draw, tokens};
use super::train::{CLIP, OptimizerArgs};
use super::workload::{Workload, WorkloadArgs};
use crate::terminal::Terminal;

#[derive(Debug, Args)]
pub(super) struct StepArgs {
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    workload: WorkloadArgs,
    #[command(flatten)]
    step: OptimizerArgs,
}

struct Step {
    trainer: Trainer,
    config: StepConfig,
    workload: Workload,
    /// Description of the work, for the report.
    about: Value,
    seed: u64,
}

pub(super) fn run(args: &StepArgs, terminal: &Terminal) -> Result<()> {
    let (policy, about) = args.model.load()?;
    let seed = args.model.seed;
    let workload = args.workload.workload(&policy, seed)?;
    let step = Step {
        about: args.step.describe(&workload),
        workload,
        trainer: args.step.trainer(policy, seed)?,
        config: args.step.config(),
        seed,
    };
    measure(step, about, &args.model, terminal)
}

impl Work for Step {
    const NAME: &'static str = "step";

    fn run(&mut self) -> Result<(usize, Value)> {
        self.seed += 1;
        let policy = self.trainer.policy();
        let samples = draw(&policy, &self.workload, self.seed, usize::MAX)?;
        let rewards: Vec<f32> = samples
            .iter()
            .flat_map(|group| rewards(policy.tokenizer(), group))
            .collect();
        // The step changes the weights in place, unless they are shared.
        drop(policy);
        let (old, sequences): (Vec<Vec<f32>>, Vec<Sequence>) = self.sequences(&samples).unzip();
        let no_kl: Vec<Vec<f32>> = old.iter().map(|old| vec![0.0; old.len()]).collect();
        let advantages = advantage::grpo(&rewards, &self.workload.membership(), &no_kl, 0.0);
        let objective = ClippedObjective::new(old, advantages, CLIP);
        let report = self.trainer.step(&sequences, &objective, &self.config)?;
        let mean = f64::from(rewards.iter().sum::<f32>()) / rewards.len() as f64;
        let figures = json!({
            "reward": mean, "loss": report.loss, "grad_norm": report.grad_norm
        });
        Ok((tokens(&samples), figures))
    }

    fn describe(&self) -> Value {
        self.about.clone()
    }
}

impl Step {
    /// Each sample's log-probabilities and its tokens after its prompt's.
    fn sequences<'a>(&'a self, samples: &'a [Vec<Sample>]) -> impl Iterator<Item = (Vec<f32>, Sequence)> + 'a {
        let groups = self.workload.prompts.iter().zip(samples);
        groups.flat_map(|(prompt, group)| {
            group.iter().map(|sample| {
                let sequence = Sequence {
                    tokens: [&prompt[..], &sample.tokens].concat(),
                    prompt_len: prompt.len(),
                };
                (sample.logprobs.clone(), sequence)
            })
        })
    }
}

/// 1 for each sample that has the majority's answer.
fn rewards(tokenizer: &Tokenizer, group: &[Sample]) -> Vec<f32> {
    let ballot = |sample: &Sample| {
        let answer = extract(&tokenizer.decode(&sample.tokens), &DEFAULT_ORDER).answer?;
        let canonical = canonical(&answer).ok()?.as_str().to_owned();
        Some(Ballot { answer, canonical })
    };
    vote(&group.iter().map(ballot).collect::<Vec<_>>()).rewards
}
