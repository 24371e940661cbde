//! One optimizer step at a time: AdamW on any function of the response tokens' log-probabilities.
//!
//! Knows no reward, advantage or schedule: the objective and the learning rate are given with every step.

mod clip;
mod config;
mod lora;
mod objective;
mod pass;
mod ranks;
mod state;
mod sums;
mod tally;

use burn::tensor::Tensor;

pub use config::{AdamWConfig, StepConfig};
pub use objective::{Objective, TokenObjective};
pub use tally::Tally;

use crate::device::Path;
use crate::group::{self, Group};
use crate::micro_batch::micro_batches;
use crate::model::Weights;
use crate::ops::adamw;
use crate::ops::host::pool::{self, Pool};
use crate::ops::host::{self, awake_here, take};
use crate::ops::slot::{Broken, Slot};
use crate::profile::{self, Section};
use crate::{Dtype, LmError, Policy};
use ranks::Ranks;
use sums::{Counts, Sums};

/// The figures of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepReport {
    /// Sum of the responses' losses, before the step.
    pub loss: f64,
    /// Global L2 norm of the gradient before clipping.
    pub grad_norm: f64,
    /// Mean entropy over response tokens, in nats.
    pub entropy: f64,
    /// Response tokens.
    pub tokens: usize,
    /// Steps taken in all, including this one.
    pub step: u64,
    /// What the objective has counted.
    pub tally: Tally,
}

/// A policy in training, with the moments of its optimizer.
#[derive(Debug, Clone)]
pub struct Trainer {
    policy: Policy,
    config: AdamWConfig,
    mean: Weights,
    square: Weights,
    steps: u64,
    ranks: Ranks,
    /// Memory of one step that the next one reuses.
    pool: Pool,
}

impl Trainer {
    /// A trainer with empty moments. A policy that is not shared is trained in place.
    pub fn new(mut policy: Policy, config: AdamWConfig) -> Self {
        policy.forget_copies();
        let zeros = policy.model.zeros();
        Self {
            policy,
            config,
            mean: zeros.clone(),
            square: zeros,
            steps: 0,
            ranks: Ranks::alone(),
            pool: Pool::default(),
        }
    }

    /// The trainer with `ranks` ranks, which compute the parts of each step's gradient at the same time: threads that
    /// share the weights on a CPU, else the policy's device and those after it, each with a copy of the weights and its
    /// share of the moments. Their number changes no bit of a step.
    ///
    /// # Errors
    /// A number that is not a power of two; fewer devices than ranks.
    pub fn on_ranks(mut self, ranks: usize) -> Result<Self, LmError> {
        let devices = self.policy.device().ranks(ranks)?;
        self.ranks = Ranks::on(&devices, &self.policy);
        for moments in [&mut self.mean, &mut self.square] {
            for (index, moment) in moments.trained_mut().enumerate() {
                *moment = take(moment).to_device(&self.ranks.home(index, &self.policy).burn());
            }
        }
        Ok(self)
    }

    /// The trainer with its moments kept in `dtype`: half of their memory in bf16. They are computed in f32 and rounded
    /// to the nearest value, so that a moment whose decay is below half a bit (`1 - beta < 2^-8`) may never fall.
    ///
    /// # Errors
    /// A device that has no such numbers.
    pub fn keep_moments_in(mut self, dtype: Dtype) -> Result<Self, LmError> {
        self.policy.device().clone().in_precision(dtype)?;
        for moments in [&mut self.mean, &mut self.square] {
            for moment in moments.trained_mut() {
                *moment = take(moment).cast(dtype.burn());
            }
        }
        Ok(self)
    }

    /// The policy as it is now, an adapter merged into it.
    ///
    /// Without an adapter it shares the trainer's weights: while it lives, a step writes to a copy of them.
    pub fn policy(&self) -> Policy {
        self.policy.clone().merged()
    }

    /// The policy as it is now; drops the moments and merges an adapter in place.
    pub fn into_policy(self) -> Policy {
        let Self {
            policy,
            mean,
            square,
            pool,
            ..
        } = self;
        // Their memory is free before a merge needs any.
        drop((mean, square, pool));
        policy.merged()
    }

    /// Steps taken, including those before a resume.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Minimises `objective` over the responses of `groups` by one AdamW step.
    ///
    /// # Errors
    /// As [`crate::logprobs`]; parts of the gradient that the trainer's ranks cannot share; a unit of the objective
    /// with responses of several groups, or a gradient of the wrong length from it; a loss or a gradient that is not
    /// finite. Then nothing is changed. On the host also weights or moments that are not finite after the update: the
    /// trainer must then not be used any more.
    pub fn step(
        &mut self,
        groups: &[Group<'_>],
        objective: &dyn Objective,
        config: &StepConfig,
    ) -> Result<StepReport, LmError> {
        group::check(&self.policy, groups)?;
        let (path, mut pool) = (self.policy.device().path(), std::mem::take(&mut self.pool));
        let mut step = || pool::within(&mut pool, || self.pooled_step(groups, objective, config));
        let report = match path {
            Path::Host => awake_here(step),
            Path::Plain => step(),
        };
        self.pool = pool;
        report
    }

    fn pooled_step(
        &mut self,
        groups: &[Group<'_>],
        objective: &dyn Objective,
        config: &StepConfig,
    ) -> Result<StepReport, LmError> {
        self.check_parts(config.data_parallel)?;
        let path = self.policy.device().path();
        let unit = |response| objective.unit(response);
        let batches = micro_batches(groups, &unit, config.micro_batch_tokens, path)?;
        let Sums { gradients, counts } = self.ranks.sums(&self.policy, objective, config, &batches)?;
        let Counts {
            loss,
            entropy,
            tokens,
            tally,
        } = counts;
        let grad_norm = self.norm(&gradients);
        let diverged = |what| LmError::Diverged {
            step: self.steps + 1,
            what,
        };
        if !grad_norm.is_finite() {
            return Err(diverged(self.broken_gradient(&gradients)));
        }
        if !loss.is_finite() {
            return Err(diverged("the loss is".to_owned()));
        }
        self.update(gradients, config.lr, clip::factor(grad_norm, config.max_grad_norm))?;
        Ok(StepReport {
            loss,
            grad_norm,
            entropy: entropy / tokens.max(1) as f64,
            tokens,
            step: self.steps,
            tally,
        })
    }

    /// Refuses parts that cannot be added in pairs, or not be shared out to the ranks.
    fn check_parts(&self, parts: usize) -> Result<(), LmError> {
        let ranks = self.ranks.count();
        if parts.is_power_of_two() && parts >= ranks {
            return Ok(());
        }
        Err(LmError::Invalid(format!(
            "a gradient of {parts} parts cannot be computed by {ranks} ranks: the number of parts must be a power of \
             two, and no less than that of ranks"
        )))
    }

    /// The first and the second moments, to damage.
    #[cfg(test)]
    pub(crate) fn moments_mut(&mut self) -> [&mut Weights; 2] {
        [&mut self.mean, &mut self.square]
    }

    fn norm(&self, gradients: &Weights) -> f64 {
        let _section = profile::section(Section::Optimizer);
        clip::norm(gradients, &self.policy.model.device)
    }

    /// The first gradient that is not finite.
    fn broken_gradient(&self, gradients: &Weights) -> String {
        let params = self.policy.model.params();
        let broken = |gradient: &Tensor<2>| host::values(gradient).iter().any(|x| !x.is_finite());
        let found = params
            .trained()
            .zip(gradients.trained())
            .find(|(_, gradient)| broken(gradient));
        match found {
            Some((param, _)) => format!("the gradient of `{}` is", param.label),
            None => "the norm of the gradient is".to_owned(),
        }
    }

    fn update(&mut self, mut gradients: Weights, lr: f64, scale: f64) -> Result<(), LmError> {
        let _section = profile::section(Section::Optimizer);
        self.steps += 1;
        let (step, config) = (self.steps, self.config);
        let path = self.policy.model.device.path();
        let params = self.policy.model.params();
        let adapted = params.adapted();
        let Self {
            policy,
            ranks,
            mean,
            square,
            ..
        } = self;
        let owners: Vec<usize> = (0..params.trained().len()).map(|index| ranks.owner(index)).collect();
        let policies = std::iter::once(policy).chain(ranks.replicas_mut());
        // Copies of frozen weights stay valid.
        let weights = policies.map(|policy| match adapted {
            true => policy.model.weights.trained_mut(),
            false => policy.weights_mut().trained_mut(),
        });
        let mut weights: Vec<_> = weights.collect();
        let moments = mean.trained_mut().zip(square.trained_mut());
        let given = gradients.trained_mut().zip(moments);
        for (((gradient, (mean, square)), param), owner) in given.zip(params.trained()).zip(owners) {
            let mut copies: Vec<&mut Tensor<2>> = weights.iter_mut().filter_map(Iterator::next).collect();
            let slot = Slot {
                value: take(copies[owner]),
                mean: take(mean),
                square: take(square),
            };
            let (slot, broken) = adamw::update(
                slot,
                take(gradient),
                config.update(step, lr, scale, param.decays()),
                path,
            );
            (*mean, *square) = (slot.mean, slot.square);
            hand_out(slot.value, owner, &mut copies);
            let what = match broken {
                Broken { value: true, .. } => "weights",
                Broken { mean: true, .. } => "first moments",
                Broken { square: true, .. } => "second moments",
                _ => continue,
            };
            let what = format!("the {what} of `{}` are", param.label);
            return Err(LmError::Diverged { step, what });
        }
        Ok(())
    }
}

/// Gives the new values of a parameter, which its owner has computed, to every rank.
fn hand_out(value: Tensor<2>, owner: usize, copies: &mut [&mut Tensor<2>]) {
    for (rank, copy) in copies.iter_mut().enumerate() {
        if rank != owner {
            **copy = value.clone().to_device(&copy.device());
        }
    }
    *copies[owner] = value;
}

#[cfg(test)]
mod tests;
