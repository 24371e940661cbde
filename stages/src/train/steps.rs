//! The optimisation of one round: steps of the algorithm on its units, with checkpoints.

use serl_artifacts::tables::TrainFigure;
use serl_lm::{Device, Objective, StepConfig, Tally, TokenObjective, Trainer};
use serl_pipeline::{Headway, NodeContext};
use serl_random::Place;

use super::algorithm::{Algorithm, Coefficients, Scores, StepObjective};
use super::batch::Batch;
use super::external;
use super::hand::PolicyInHand;
use super::kl_controller;
use super::log::Log;
use super::round::Round;
use super::schedule::learning_rate;
use super::scores::Scorer;
use super::task::{Measured, Task, figure, named};
use super::trainers::Trainers;
use crate::config::{Backend, ExecutionConfig, TrainConfig};
use crate::error::StageError;
use crate::stage::at::At;
use crate::stage::lab::load;
use crate::stage::tables::read_optional;

/// Everything that the steps of a round use.
pub(super) struct Steps<'a> {
    pub(super) at: At,
    pub(super) config: &'a TrainConfig,
    /// Tokens of a response at most.
    pub(super) longest_response: u32,
    pub(super) device: Device,
    pub(super) execution: ExecutionConfig,
}

impl Steps<'_> {
    /// Trains on `round` and writes the trained policy.
    pub(super) fn run(
        &self,
        mut policy: PolicyInHand<'_>,
        round: &Round,
        ctx: &mut NodeContext<'_>,
    ) -> Result<Log, StageError> {
        if self.config.mismatch_cap > 0.0 && !round.is_reported() {
            return Err(StageError::unreported("train.mismatch_cap", "vote.temperature"));
        }
        let fixed = self.config.algorithm.open(self.coefficients(self.config.kl_coef));
        let scores = self.score(&*fixed, &mut policy, round, ctx)?;
        let adapted = self.adapted(Some((&scores, round)), ctx)?;
        let algorithm = match adapted {
            None => fixed,
            Some(kl_coef) => self.config.algorithm.open(self.coefficients(kl_coef as f32)),
        };
        let targets = algorithm.prepare(round, &scores)?;
        let trained = |unit: &Vec<usize>| unit.iter().all(|&number| round.is_trained(number));
        let units: Vec<Vec<usize>> = targets.units().into_iter().filter(trained).collect();
        let order = self.order(&units);
        let task = Task {
            at: self.at,
            config: self.config,
            round,
            scores: &scores,
            targets: &*targets,
            kl_coef: adapted,
        };
        if self.config.backend == Backend::Command {
            policy.drop();
            return external::train(&task, &order, &self.execution, ctx);
        }

        let trainers = self.trainers();
        let (mut trainer, mut log) = match trainers.saved(&mut policy, ctx)? {
            Some(saved) => saved,
            None => (trainers.open(policy, ctx)?, Log::default()),
        };
        let done = log.steps.len();
        (0..done).for_each(|step| ctx.measured(step as u32, &log.measured(step)));
        for (index, units) in order.iter().enumerate().skip(done) {
            self.step(index, units, &task, &mut trainer, &mut log)?;
            ctx.measured(index as u32, &log.measured(index));
            let headway = Headway::of(index as u64 + 1, order.len() as u64, "steps");
            ctx.progress(&Headway {
                figures: &log.so_far(),
                ..headway.with_tokens(log.tokens(done))
            });
            self.save(index + 1, order.len(), &trainer, &log, ctx)?;
        }
        trainers.put(&trainer, ctx)?;
        Ok(log)
    }

    /// Skips an empty round: passes on the same policy, the optimizer's state if that is carried, and the weight of the
    /// KL penalty if that is adapted.
    pub(super) fn pass_on(&self, mut policy: PolicyInHand<'_>, ctx: &mut NodeContext<'_>) -> Result<Log, StageError> {
        let trainers = self.trainers();
        match (self.config.carry_optimizer, self.config.backend) {
            (true, Backend::BuiltIn) => trainers.put(&trainers.open(policy, ctx)?, ctx)?,
            (carried, _) => {
                if carried {
                    external::pass_on(ctx)?;
                }
                trainers.put_policy(&policy.take(ctx)?, ctx)?;
            }
        }
        let kl_coef = self.adapted(None, ctx)?;
        let figures = kl_coef.map(|value| figure(self.at, 0, kl_controller::FIGURE, value));
        Ok(Log {
            figures: figures.into_iter().collect(),
            ..Log::default()
        })
    }

    /// The weight of the KL penalty in this round, where it is adapted; as before if nothing is measured.
    fn adapted(&self, measured: Option<(&Scores, &Round)>, ctx: &NodeContext<'_>) -> Result<Option<f64>, StageError> {
        if self.config.kl_target == 0.0 {
            return Ok(None);
        }
        let before: Vec<TrainFigure> = read_optional(ctx, "figures")?;
        let last = kl_controller::last(&before, self.config);
        let adapted = |(scores, round): (&Scores, &Round)| {
            kl_controller::adapted(last, kl_controller::measured(scores), round.len(), self.config)
        };
        Ok(Some(measured.map_or(last, adapted)))
    }

    fn coefficients(&self, kl_coef: f32) -> Coefficients {
        let train = self.config;
        let above_0 = |value: f32| (value > 0.0).then_some(value);
        Coefficients {
            clip: above_0(train.clip),
            clip_high: above_0(train.clip_high),
            dual_clip: above_0(train.dual_clip),
            kl: train.kl,
            kl_coef,
            aggregation: train.aggregation,
            deviation: train.deviation,
            mismatch_cap: above_0(train.mismatch_cap),
            entropy_coef: train.entropy_coef,
            longest_response: self.longest_response as usize,
        }
    }

    fn trainers(&self) -> Trainers<'_> {
        Trainers {
            config: self.config,
            device: &self.device,
            ranks: self.execution.ranks as usize,
            place: self.place(),
        }
    }

    fn place(&self) -> Place {
        self.at.round_place("train")
    }

    /// The scores that the algorithm needs. The reference policy is in memory only while it scores.
    fn score(
        &self,
        algorithm: &dyn Algorithm,
        policy: &mut PolicyInHand<'_>,
        round: &Round,
        ctx: &NodeContext<'_>,
    ) -> Result<Scores, StageError> {
        let needs = algorithm.needs();
        let scorer = Scorer::open(round, self.config.micro_batch_tokens as usize, ctx)?;
        let reference = ctx.input("reference")?;
        // Where the policy is still the reference policy, one pass gives both.
        let same = reference.digest == ctx.input("policy")?.digest;
        let old = match needs.old || needs.reference && same {
            false => Vec::new(),
            true => match scorer.saved(0)? {
                Some(saved) => saved,
                None => scorer.scores(0, policy.get(ctx)?)?,
            },
        };
        let of_reference = match (needs.reference, same) {
            (false, _) => Vec::new(),
            (true, true) => old.clone(),
            (true, false) => match scorer.saved(1)? {
                Some(saved) => saved,
                None => scorer.scores(1, &load(ctx, "reference", &self.device)?)?,
            },
        };
        Ok(Scores {
            old: if needs.old { old } else { Vec::new() },
            reference: of_reference.into_iter().map(|scored| scored.logprobs).collect(),
        })
    }

    /// The units of each step: each epoch in a new order, cut into steps of equal size. Responses to one instruction
    /// are dealt over the steps: kept together they share their prompt, but were measured to teach less.
    fn order(&self, units: &[Vec<usize>]) -> Vec<Vec<Vec<usize>>> {
        let responses: usize = units.iter().map(Vec::len).sum();
        let size = f64::from(self.config.batch_rollouts);
        let (steps, count) = (((responses as f64 / size).round() as usize).max(1), units.len());
        let epoch = |epoch: u64| {
            let mut order: Vec<&Vec<usize>> = units.iter().collect();
            self.place().at("order").index(epoch).stream().shuffle(&mut order);
            let cut = |step: usize| order[step * count / steps..(step + 1) * count / steps].to_vec();
            let cuts = (0..steps).map(cut).filter(|units| !units.is_empty());
            cuts.map(|units| units.into_iter().cloned().collect())
                .collect::<Vec<_>>()
        };
        if units.is_empty() {
            return Vec::new();
        }
        let most = match (self.config.steps, self.config.max_steps) {
            (0, 0) => usize::MAX,
            (0, most) | (most, _) => most as usize,
        };
        let epochs = match self.config.steps {
            0 => u64::from(self.config.epochs),
            _ => u64::MAX,
        };
        (0..epochs).flat_map(epoch).take(most).collect()
    }

    fn step(
        &self,
        index: usize,
        units: &[Vec<usize>],
        task: &Task<'_>,
        trainer: &mut Trainer,
        log: &mut Log,
    ) -> Result<(), StageError> {
        let members = units.concat();
        let batch = Batch::new(task.round, units);
        let objective = task.targets.objective(&members);
        let lr = learning_rate(self.config, trainer.steps());
        let step = StepConfig {
            lr,
            max_grad_norm: self.config.max_grad_norm,
            micro_batch_tokens: self.config.micro_batch_tokens as usize,
            gradient_checkpointing: self.execution.gradient_checkpointing,
            data_parallel: self.config.data_parallel as usize,
        };
        let numbered = Numbered {
            objective: &*objective,
            batch: &batch,
        };
        let report = trainer
            .step(&batch.groups, &numbered, &step)
            .map_err(|error| task.diverged(error))?;
        let measured = Measured {
            steps: report.step,
            loss: report.loss,
            grad_norm: report.grad_norm,
            tokens: report.tokens as u64,
            figures: objective.figures(&report.tally).into_iter().map(named).collect(),
        };
        task.note(index, &members, lr, measured, log)
    }

    fn save(
        &self,
        done: usize,
        steps: usize,
        trainer: &Trainer,
        log: &Log,
        ctx: &NodeContext<'_>,
    ) -> Result<(), StageError> {
        if done == steps {
            return Ok(());
        }
        let every = self.execution.checkpoint_steps as usize;
        if ctx.cancelled() || (every > 0 && done.is_multiple_of(every)) {
            self.trainers().checkpoint(done as u64, trainer, log, ctx)?;
        }
        Ok(ctx.check_cancelled()?)
    }
}

/// An algorithm's loss, as `lm` asks for it: `lm` numbers the responses of a step, algorithms those of the round.
struct Numbered<'a> {
    objective: &'a dyn StepObjective,
    batch: &'a Batch<'a>,
}

impl Objective for Numbered<'_> {
    fn unit(&self, response: usize) -> usize {
        self.batch.units[response]
    }

    fn evaluate(&self, unit: &[(usize, &[f32])], tally: &mut Tally) -> Vec<TokenObjective> {
        let of_round = |&(response, logprobs): &(usize, _)| (self.batch.numbers[response], logprobs);
        let unit: Vec<(usize, &[f32])> = unit.iter().map(of_round).collect();
        self.objective.evaluate(&unit, tally)
    }

    fn entropy_weight(&self, _response: usize, tokens: usize) -> f32 {
        self.objective.entropy_weight(tokens)
    }
}
