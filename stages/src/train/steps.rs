//! The optimisation of one round: PPO steps on the batch, with checkpoints.

use std::path::Path;

use serl_artifacts::tables::TrainLog;
use serl_artifacts::{ArtifactError, model_folder, table};
use serl_lm::rl::ppo::ClippedObjective;
use serl_lm::{AdamWConfig, Device, Policy, StepConfig, Trainer};
use serl_pipeline::NodeContext;

use super::Turn;
use super::advantages::{Advantages, advantages};
use super::batch::Batch;
use super::scores::Scorer;
use crate::StageError;
use crate::config::TrainConfig;
use crate::random::Place;

/// The rows of the steps so far, in a checkpoint's folder.
const LOG: &str = "train_log.parquet";

/// Everything that the steps of a round are made with.
pub(crate) struct Steps<'a> {
    pub(crate) turn: Turn,
    pub(crate) config: &'a TrainConfig,
    pub(crate) device: &'a Device,
    pub(crate) place: Place,
}

/// What is known of the batch before its first step.
struct Scored {
    /// Logprobs of each response under the policy that sampled it, as the trainer computes them.
    old: Vec<Vec<f32>>,
    /// KL to the reference per response token, estimator k1.
    kl: Vec<Vec<f32>>,
    entropy: Vec<Vec<f32>>,
    advantages: Advantages,
}

impl Steps<'_> {
    /// Trains on `batch` and puts the trained policy; gives a row per optimizer step.
    pub(crate) fn run(
        &self,
        policy: &Policy,
        batch: &Batch,
        ctx: &mut NodeContext,
    ) -> Result<Vec<TrainLog>, StageError> {
        let scored = self.score(policy, batch, ctx)?;
        let order = self.order(batch.len());
        let (mut trainer, mut log) = match self.saved(policy, ctx)? {
            Some(saved) => saved,
            None => (self.open(policy, ctx)?, Vec::new()),
        };
        for (index, members) in order.iter().enumerate().skip(log.len()) {
            log.push(self.step(index, members, batch, &scored, &mut trainer)?);
            ctx.progress(index as u64 + 1, order.len() as u64, "steps", "");
            self.save(index + 1, order.len(), &trainer, &log, ctx)?;
        }
        self.put(trainer, ctx)?;
        Ok(log)
    }

    /// An empty round that is skipped: the same policy goes on, and the optimizer's state where it is carried.
    pub(crate) fn pass_on(&self, policy: &Policy, ctx: &mut NodeContext) -> Result<(), StageError> {
        if self.config.carry_optimizer {
            self.put(self.open(policy, ctx)?, ctx)
        } else {
            put_policy(policy, ctx)
        }
    }

    fn score(&self, policy: &Policy, batch: &Batch, ctx: &NodeContext) -> Result<Scored, StageError> {
        let size = self.config.micro_batch_tokens as usize;
        let groups = batch.all();
        let scorer = Scorer::open(&groups, size, ctx)?;
        let scores = scorer.scores(0, || Ok(policy.clone()))?;
        let (old, entropy): (Vec<_>, Vec<_>) = scores.into_iter().map(|s| (s.logprobs, s.entropies)).unzip();
        let reference = ctx.input("reference")?;
        let reference: Vec<Vec<f32>> = if reference.digest == ctx.input("policy")?.digest {
            old.clone()
        } else {
            let load = || Ok(Policy::load(&reference.path, self.device)?);
            let scores = scorer.scores(1, load)?;
            scores.into_iter().map(|s| s.logprobs).collect()
        };
        let kl: Vec<Vec<f32>> = old
            .iter()
            .zip(&reference)
            .map(|(o, r)| serl_lm::rl::kl::k1(o, r))
            .collect();
        let advantages = advantages(self.config, batch, &kl);
        Ok(Scored {
            old,
            kl,
            entropy,
            advantages,
        })
    }

    /// The sequences of each step: every epoch in an order of its own, cut into steps of equal size. Responses to one
    /// instruction are dealt over the steps: kept together they share their prompt, but were measured to teach less.
    fn order(&self, sequences: usize) -> Vec<Vec<usize>> {
        let size = self.config.batch_rollouts as usize;
        let steps = ((sequences as f64 / size as f64).round() as usize).max(1);
        let epoch = |epoch: u64| {
            let mut order: Vec<usize> = (0..sequences).collect();
            self.place.clone().at("order").index(epoch).stream().shuffle(&mut order);
            let cut = |step: usize| order[step * sequences / steps..(step + 1) * sequences / steps].to_vec();
            (0..steps)
                .map(cut)
                .filter(|members| !members.is_empty())
                .collect::<Vec<_>>()
        };
        (0..u64::from(self.config.epochs)).flat_map(epoch).collect()
    }

    fn step(
        &self,
        index: usize,
        members: &[usize],
        batch: &Batch,
        scored: &Scored,
        trainer: &mut Trainer,
    ) -> Result<TrainLog, StageError> {
        let (groups, numbered) = batch.select(members);
        let pick = |of: &[Vec<f32>]| numbered.iter().map(|&i| of[i].clone()).collect::<Vec<_>>();
        let objective = ClippedObjective::new(pick(&scored.old), pick(&scored.advantages.per_token), self.config.clip);
        let lr = self.learning_rate(trainer.steps());
        let step = StepConfig {
            lr,
            max_grad_norm: self.config.max_grad_norm,
            micro_batch_tokens: self.config.micro_batch_tokens as usize,
            gradient_checkpointing: self.turn.gradient_checkpointing,
        };
        let report = trainer.step(&groups, &objective, &step)?;
        let clipping = objective.statistics();
        let advantage = moments(members.iter().flat_map(|&i| &scored.advantages.per_token[i]));
        Ok(TrainLog {
            iteration: self.turn.iteration,
            round: self.turn.round,
            step: index as u32,
            sequences: members.len() as u32,
            tokens: report.tokens as u64,
            loss: report.loss,
            kl: moments(members.iter().flat_map(|&i| &scored.kl[i])).0,
            reward_mean: moments(members.iter().map(|&i| &batch.rewards[i])).0,
            advantage_mean: advantage.0,
            advantage_std: advantage.1,
            clip_fraction: clipping.clip_fraction,
            entropy: moments(members.iter().flat_map(|&i| &scored.entropy[i])).0,
            ratio_max: clipping.ratio_max,
            grad_norm: report.grad_norm,
            lr,
            mismatch_kl: mismatch(members, batch, scored),
        })
    }

    fn learning_rate(&self, steps_before: u64) -> f64 {
        let warm = (steps_before + 1) as f64 / f64::from(self.config.warmup_steps.max(1));
        self.config.lr * warm.min(1.0)
    }

    /// The state saved by an interrupted run of this node.
    fn saved(&self, policy: &Policy, ctx: &NodeContext) -> Result<Option<(Trainer, Vec<TrainLog>)>, StageError> {
        let Some((_, folder)) = ctx.latest_checkpoint()? else {
            return Ok(None);
        };
        let log = folder.join(LOG);
        let bytes = std::fs::read(&log).map_err(ArtifactError::io("read", &log))?;
        let trainer = match self.config.lora.adapter() {
            Some(_) => Trainer::resume_lora(policy.clone(), &folder)?,
            None => Trainer::resume(&folder, self.device)?,
        };
        Ok(Some((trainer, table::decode(&bytes, LOG)?)))
    }

    /// The trainer that a node starts with: the carried one, or a fresh one on `policy`.
    fn open(&self, policy: &Policy, ctx: &NodeContext) -> Result<Trainer, StageError> {
        if ctx.has_input("trainer") {
            return Ok(Trainer::carry_on(policy.clone(), &ctx.input("trainer")?.path)?);
        }
        let adamw = AdamWConfig {
            beta1: self.config.beta1,
            beta2: self.config.beta2,
            epsilon: self.config.epsilon,
            weight_decay: self.config.weight_decay,
        };
        let seed = self.place.clone().at("lora").seed();
        Ok(self.config.lora.trainer(policy.clone(), seed, adamw)?)
    }

    /// Puts the outputs `policy` and, to be carried on, `trainer` (both hold the same weights, stored once), or the
    /// `adapter` that is merged into the policy.
    fn put(&self, trainer: Trainer, ctx: &mut NodeContext) -> Result<(), StageError> {
        if self.config.carry_optimizer {
            let folder = ctx.work_dir().join("trainer");
            trainer.save(&folder)?;
            let policy = model_folder::list(&folder)?;
            ctx.put_output_dir("trainer", &folder, &files(&folder)?)?;
            ctx.put_output_share("policy", "trainer", &policy)?;
            return Ok(());
        }
        if self.config.lora.adapter().is_some() {
            let folder = ctx.work_dir().join("adapter");
            trainer.save_adapter(&folder)?;
            ctx.put_output_dir("adapter", &folder, &files(&folder)?)?;
        }
        put_policy(&trainer.into_policy(), ctx)
    }

    fn save(
        &self,
        done: usize,
        steps: usize,
        trainer: &Trainer,
        log: &[TrainLog],
        ctx: &NodeContext,
    ) -> Result<(), StageError> {
        let every = self.turn.checkpoint_steps as usize;
        let cancelled = ctx.cancelled();
        if done < steps && (cancelled || (every > 0 && done.is_multiple_of(every))) {
            checkpoint(done as u64, trainer, log, ctx)?;
        }
        if done < steps {
            Ok(ctx.check_cancelled()?)
        } else {
            Ok(())
        }
    }
}

/// Saves everything that going on after `done` steps of this node needs.
fn checkpoint(done: u64, trainer: &Trainer, log: &[TrainLog], ctx: &NodeContext) -> Result<(), StageError> {
    let folder = ctx.work_dir().join("checkpoint");
    trainer.save(&folder)?;
    let path = folder.join(LOG);
    std::fs::write(&path, table::encode(&[log.to_vec()])?).map_err(ArtifactError::io("write", &path))?;
    ctx.commit_checkpoint(done, &folder)?;
    Ok(())
}

fn put_policy(policy: &Policy, ctx: &mut NodeContext) -> Result<(), StageError> {
    let folder = ctx.work_dir().join("policy");
    policy.save(&folder)?;
    ctx.put_output_dir("policy", &folder, &model_folder::list(&folder)?)?;
    Ok(())
}

/// All files of a folder.
fn files(folder: &Path) -> Result<Vec<String>, StageError> {
    let entries = std::fs::read_dir(folder).map_err(ArtifactError::io("list", folder))?;
    let mut names: Vec<String> = entries
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort_unstable();
    Ok(names)
}

/// How far the sampler's logprobs are from the trainer's for the same policy and tokens: the mean of k3,
/// `exp(d) - 1 - d` with `d = trainer - sampler`, in nats. 0 where both compute alike.
fn mismatch(members: &[usize], batch: &Batch, scored: &Scored) -> f64 {
    let pairs = members
        .iter()
        .flat_map(|&i| scored.old[i].iter().zip(&batch.sampled[i]));
    let k3: Vec<f64> = pairs
        .map(|(&t, &s)| f64::from(t) - f64::from(s))
        .map(|d| d.exp_m1() - d)
        .collect();
    k3.iter().sum::<f64>() / k3.len().max(1) as f64
}

/// Mean and standard deviation.
fn moments<'v>(values: impl Iterator<Item = &'v f32>) -> (f64, f64) {
    let values: Vec<f64> = values.map(|&v| f64::from(v)).collect();
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt())
}
