//! `serl bench step`: one training round of `serl run` on a batch of instructions, from sampling to the optimizer.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use serl_answers::vote::{Ballot, vote};
use serl_answers::{DEFAULT_ORDER, canonical, extract};
use serl_lm::rl::surrogate::ClippedObjective;
use serl_lm::rl::{advantage, kl};
use serl_lm::{Footprint, Group, Policy, Response, Shape, Tokenizer, logprobs};
use serl_stages::config::TrainConfig;

use super::batching::BatchingArgs;
use super::demand::{Backward, Demand};
use super::measure::{Work, measure};
use super::model::ModelArgs;
use super::rollout::{self, draw, sampling, tokens};
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
    batching: BatchingArgs,
    #[command(flatten)]
    step: OptimizerArgs,
    /// Load the model again as the reference policy and score the responses with it, as every round of a run except the
    /// first does
    #[arg(long)]
    reference: bool,
    /// Train on the sampler's log-probabilities, as TRL does, instead of scoring the responses again before the step
    #[arg(long, conflicts_with = "reference")]
    unscored: bool,
}

struct Step<'a> {
    args: &'a StepArgs,
    /// `None` while it is in training.
    policy: Option<Policy>,
    workload: Workload,
    seed: u64,
}

pub(super) fn run(args: &StepArgs, terminal: &Terminal) -> Result<()> {
    let (policy, about) = args.model.load(args.batching.batching())?;
    let seed = args.model.seed;
    let step = Step {
        args,
        workload: args.workload.workload(&policy, seed)?,
        policy: Some(policy),
        seed,
    };
    measure(step, about, &args.model, terminal)
}

impl Work for Step<'_> {
    const NAME: &'static str = "step";

    fn run(&mut self) -> Result<(usize, Value)> {
        self.seed += 1;
        // The trainer takes the policy by value and hands it back, so the weights are changed in place.
        let policy = match self.policy.take() {
            Some(policy) => policy,
            None => self.load()?,
        };
        let responses = draw(&policy, &self.workload, self.seed, usize::MAX)?;
        let rewards: Vec<f32> = responses
            .iter()
            .flat_map(|group| rewards(policy.tokenizer(), group))
            .collect();
        let groups = self.workload.groups(&responses, |response| &response.tokens);
        let [old, kl] = self.score(&policy, &groups, &responses)?;
        let advantages = advantage::reinforce_pp(&rewards, &kl, TrainConfig::default().kl_coef);
        let objective = ClippedObjective::new(old, advantages, CLIP);
        let mut trainer = self.args.step.trainer(policy, self.seed)?;
        let report = trainer.step(&groups, &objective, &self.args.step.config())?;
        self.policy = Some(trainer.into_policy());
        let mean = f64::from(rewards.iter().sum::<f32>()) / rewards.len() as f64;
        let mut figures = json!({
            "reward": mean, "loss": report.loss, "grad_norm": report.grad_norm
        });
        if self.args.reference {
            let all = kl.iter().flatten();
            figures["kl"] = (all.map(|kl| f64::from(*kl)).sum::<f64>() / report.tokens.max(1) as f64).into();
        }
        Ok((tokens(&responses), figures))
    }

    fn describe(&self) -> Value {
        self.args.step.describe(&self.workload)
    }

    fn footprint(&self) -> Result<Footprint> {
        let policy = match &self.policy {
            Some(policy) => policy,
            None => &self.load()?,
        };
        let (shape, lengths) = (Shape::of_policy(policy), self.workload.lengths());
        let sampling = sampling(policy, &self.workload);
        // The sampler's copies stay while the policy is scored, and beside those is the reference.
        let reference = match self.args.reference {
            true => sampling.weights,
            false => 0,
        };
        let copies = sampling.copies + reference;
        let learning = self.args.step.footprint(&shape, &lengths, policy.device(), copies)?;
        Ok([sampling, learning]
            .into_iter()
            .max_by_key(Footprint::total)
            .unwrap_or_default())
    }

    fn demand(&self) -> Result<Demand> {
        let policy = match &self.policy {
            Some(policy) => policy,
            None => &self.load()?,
        };
        let (shape, lengths) = (Shape::of_policy(policy), self.workload.lengths());
        let scored = Demand::pass(&shape, &lengths, Backward::Nowhere);
        let scores = usize::from(!self.args.unscored) + usize::from(self.args.reference);
        let learning = self.args.step.demand(&shape, &lengths);
        let sampling = rollout::demand(policy, &self.workload);
        Ok((0..scores).fold(sampling.and(learning), |all, _| all.and(scored)))
    }
}

impl Step<'_> {
    fn load(&self) -> Result<Policy> {
        Ok(self.args.model.load(self.args.batching.batching())?.0)
    }

    /// The log-probabilities that the step starts from, and the divergence from the reference policy, per response and
    /// token.
    fn score(&self, policy: &Policy, groups: &[Group], responses: &[Vec<Response>]) -> Result<[Vec<Vec<f32>>; 2]> {
        let score = |policy: &Policy| -> Result<Vec<Vec<f32>>> {
            let scores = logprobs(policy, groups, self.args.step.config().micro_batch_tokens)?;
            Ok(scores.into_iter().map(|scores| scores.logprobs).collect())
        };
        let old = if self.args.unscored {
            responses
                .iter()
                .flatten()
                .map(|response| response.logprobs.clone())
                .collect()
        } else {
            score(policy)?
        };
        let kl = if self.args.reference {
            let reference = score(&self.load()?)?;
            old.iter()
                .zip(&reference)
                .map(|(old, reference)| kl::k1(old, reference))
                .collect()
        } else {
            old.iter().map(|old| vec![0.0; old.len()]).collect()
        };
        Ok([old, kl])
    }
}

/// 1 for each response that has the majority's answer.
fn rewards(tokenizer: &Tokenizer, group: &[Response]) -> Vec<f32> {
    let ballot = |response: &Response| {
        let answer = extract(&tokenizer.decode(&response.tokens), &DEFAULT_ORDER).answer?;
        let canonical = canonical(&answer).ok()?.as_str().to_owned();
        Some(Ballot { answer, canonical })
    };
    vote(&group.iter().map(ballot).collect::<Vec<_>>()).rewards
}
