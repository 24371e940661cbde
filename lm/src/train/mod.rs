//! One optimisation step at a time: any function of the response tokens' log-probabilities, by AdamW.
//!
//! Knows no reward, advantage or schedule: the objective and the learning rate are given with every step.

mod clip;
mod lora;
mod state;

use crate::device::Path;
use crate::micro_batch::{Group, micro_batches};
use crate::model::Weights;
use crate::model::params::Param;
use crate::model::tape::Keep;
use crate::ops::adamw::{self, Slot, Update};
use crate::ops::host::{self, pool, pool::Pool};
use crate::ops::{embed, head, linear};
use crate::profile::{self, Phase, Section};
use crate::score::{Batch, Chunk, Sequence, check};
use crate::{LmError, Policy};
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// The constants of AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AdamWConfig {
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Decoupled weight decay, of matrices only (not of norms and biases).
    pub weight_decay: f64,
}

/// The numbers of one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepConfig {
    /// Learning rate.
    pub lr: f64,
    /// Gradients are scaled down to this global L2 norm.
    pub max_grad_norm: f64,
    /// Tokens computed at once, a shared prompt's once, as for [`crate::logprobs`]: memory grows with it, results do
    /// not depend on it but for rounding.
    pub micro_batch_tokens: usize,
    /// Keep only the inputs of the model's blocks and compute the rest again in the backward pass: about 30 % more
    /// work, for activations of one block at a time. Results are the same to the bit.
    pub gradient_checkpointing: bool,
}

/// What an objective says about one response.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenObjective {
    /// Its share of the loss, to be minimised.
    pub loss: f64,
    /// Derivative of the loss with respect to the log-probability of each response token.
    pub gradient: Vec<f32>,
}

/// A loss that is a sum over responses of functions of their tokens' log-probabilities.
pub trait Objective {
    /// Loss and gradient of response `sequence` (its index in the step's batch), given its tokens' log-probabilities.
    fn evaluate(&self, sequence: usize, logprobs: &[f32]) -> TokenObjective;
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepReport {
    /// Sum of the responses' losses, before the step.
    pub loss: f64,
    /// Global L2 norm of the gradient before clipping.
    pub grad_norm: f64,
    /// Mean entropy over response tokens, in nats.
    pub entropy: f64,
    /// Response tokens.
    pub tokens: usize,
    /// Steps taken in all, this one included.
    pub step: u64,
}

/// A policy under training, with its optimiser's moments.
#[derive(Debug, Clone)]
pub struct Trainer {
    policy: Policy,
    config: AdamWConfig,
    mean: Weights,
    square: Weights,
    steps: u64,
    /// Memory of one step that the next one uses again.
    pool: Pool,
}

impl Trainer {
    /// A trainer with empty moments.
    pub fn new(mut policy: Policy, config: AdamWConfig) -> Self {
        policy.forget_copies();
        let zeros = policy.model.zeros();
        Self {
            policy,
            config,
            mean: zeros.clone(),
            square: zeros,
            steps: 0,
            pool: Pool::default(),
        }
    }

    /// The policy as it is now, an adapter merged into it.
    pub fn policy(&self) -> Policy {
        self.policy.merged()
    }

    /// The policy as it is now, the moments given up.
    pub fn into_policy(self) -> Policy {
        self.policy.merged()
    }

    /// Steps taken, those before a resume included.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Minimises `objective` over the responses of `sequences` by one AdamW step.
    ///
    /// # Errors
    /// As [`crate::logprobs`]; a gradient of the wrong length from the objective; a gradient that is not finite, in
    /// which case nothing is changed.
    pub fn step(
        &mut self,
        sequences: &[Sequence],
        objective: &dyn Objective,
        config: &StepConfig,
    ) -> Result<StepReport, LmError> {
        check(&self.policy, sequences)?;
        let mut pool = std::mem::take(&mut self.pool);
        let report = pool::within(&mut pool, || self.pooled_step(sequences, objective, config));
        self.pool = pool;
        report
    }

    fn pooled_step(
        &mut self,
        sequences: &[Sequence],
        objective: &dyn Objective,
        config: &StepConfig,
    ) -> Result<StepReport, LmError> {
        let mut pass = Pass::new(&self.policy, sequences, objective, config);
        let path = self.policy.model.device.path();
        for groups in micro_batches(sequences, config.micro_batch_tokens, path) {
            pass.micro_batch(&groups)?;
        }
        let Pass {
            gradients,
            loss,
            entropy,
            tokens,
            ..
        } = pass;
        let grad_norm = self.norm(&gradients);
        if !grad_norm.is_finite() {
            return Err(LmError::Invalid(format!(
                "the gradient of step {} is not finite: lower the learning rate, or start from an earlier policy",
                self.steps + 1
            )));
        }
        self.update(gradients, config.lr, clip::factor(grad_norm, config.max_grad_norm));
        let entropy = entropy / tokens.max(1) as f64;
        Ok(StepReport {
            loss,
            grad_norm,
            entropy,
            tokens,
            step: self.steps,
        })
    }

    fn norm(&self, gradients: &Weights) -> f64 {
        let _section = profile::section(Section::Optimizer);
        clip::norm(gradients, self.policy.model.device.path())
    }

    fn update(&mut self, mut gradients: Weights, lr: f64, scale: f64) {
        let _section = profile::section(Section::Optimizer);
        self.steps += 1;
        let AdamWConfig {
            beta1,
            beta2,
            epsilon,
            weight_decay,
        } = self.config;
        let power = self.steps.min(i32::MAX as u64) as i32;
        let update = |param: &Param| Update {
            lr: lr as f32,
            beta1: beta1 as f32,
            beta2: beta2 as f32,
            epsilon: epsilon as f32,
            weight_decay: if param.decays() { weight_decay as f32 } else { 0.0 },
            correction1: (1.0 - beta1.powi(power)) as f32,
            correction2: (1.0 - beta2.powi(power)) as f32,
            scale: scale as f32,
        };
        let path = self.policy.model.device.path();
        let params = self.policy.model.params();
        // What was made of frozen weights stays right.
        let weights = if params.adapted() {
            &mut self.policy.model.weights
        } else {
            self.policy.weights_mut()
        };
        let weights = weights.trained_mut().zip(gradients.trained_mut());
        let moments = self.mean.trained_mut().zip(self.square.trained_mut());
        for (((value, gradient), (mean, square)), param) in weights.zip(moments).zip(params.trained()) {
            let slot = Slot {
                value: take(value),
                mean: take(mean),
                square: take(square),
            };
            let slot = adamw::update(slot, take(gradient), update(param), path);
            (*value, *mean, *square) = (slot.value, slot.mean, slot.square);
        }
    }
}

/// Zero gradients of what is trained.
fn zeros(policy: &Policy) -> Weights {
    let device = policy.model.device.burn();
    policy.model.zeros_by(|shape| match policy.model.device.path() {
        Path::Host => host::zeros(shape, &device),
        Path::Plain => Tensor::zeros(shape, &device),
    })
}

/// Moves a tensor out, so that it is owned alone and can be changed in place.
fn take(tensor: &mut Tensor<2>) -> Tensor<2> {
    let device = tensor.device();
    std::mem::replace(tensor, Tensor::empty([0, 0], &device))
}

/// Forward and backward passes over a step's micro-batches, and what they add up to.
struct Pass<'a> {
    policy: &'a Policy,
    sequences: &'a [Sequence],
    objective: &'a dyn Objective,
    keep: Keep,
    gradients: Weights,
    loss: f64,
    entropy: f64,
    tokens: usize,
}

impl<'a> Pass<'a> {
    fn new(policy: &'a Policy, sequences: &'a [Sequence], objective: &'a dyn Objective, config: &StepConfig) -> Self {
        Self {
            policy,
            sequences,
            objective,
            keep: if config.gradient_checkpointing {
                Keep::Inputs
            } else {
                Keep::Activations
            },
            gradients: zeros(policy),
            loss: 0.0,
            entropy: 0.0,
            tokens: 0,
        }
    }

    /// The head and the loss run chunk by chunk on the final hidden states; the trunk is walked back once.
    fn micro_batch(&mut self, groups: &[Group]) -> Result<(), LmError> {
        let model = &self.policy.model;
        let batch = Batch::new(model, self.sequences, groups);
        let (hidden, tape) = model.forward_taped(&batch.ids, &batch.layout, self.keep);
        let mut dhidden = Tensor::zeros(hidden.dims(), &hidden.device());
        for chunk in batch.chunks(self.policy.vocab_size(), model.device.path()) {
            let dh = self.head(&chunk, &hidden)?;
            dhidden = embed::backward(dhidden, &chunk.rows, dh, model.device.path());
        }
        host::give(hidden);
        model.backward(&batch.ids, &batch.layout, tape, dhidden, &mut self.gradients);
        Ok(())
    }

    /// Scores a chunk's responses and returns the gradient of their hidden rows.
    fn head(&mut self, chunk: &Chunk, hidden: &Tensor<2>) -> Result<Tensor<2>, LmError> {
        let _section = profile::section(Section::Loss);
        let model = &self.policy.model;
        let path = model.device.path();
        let h = chunk.select(hidden);
        let scores = head::score(model.logits(&h), &chunk.targets, path);
        self.tokens += chunk.targets.len();
        let entropies = scores.entropies.iter().map(|entropy| f64::from(*entropy));
        self.entropy += entropies.sum::<f64>();
        let slopes = self.slopes(&chunk.members, &scores.logprobs)?;
        let dlogits = head::gradient(scores.probabilities, &chunk.targets, &slopes, path);
        let _span = profile::span(Phase::Head);
        let dh = linear::input_gradient(model.head_weight(), &dlogits, path);
        match &mut self.gradients.head {
            _ if model.weights.adapted() => {}
            Some(head) => linear::add_weight_gradient(&h, &dlogits, head, path),
            None => linear::add_weight_gradient(&dlogits, &h, &mut self.gradients.embed, path),
        }
        host::give(dlogits);
        Ok(dh)
    }

    /// The objective's derivative for every row of a chunk.
    fn slopes(&mut self, members: &[(usize, std::ops::Range<usize>)], logprobs: &[f32]) -> Result<Vec<f32>, LmError> {
        let _span = profile::span(Phase::Objective);
        let mut slopes = Vec::with_capacity(logprobs.len());
        for (sequence, range) in members {
            let TokenObjective { loss, gradient } = self.objective.evaluate(*sequence, &logprobs[range.clone()]);
            if gradient.len() != range.len() {
                return Err(LmError::Invalid(format!(
                    "the objective gave {} derivatives for the {} response tokens of sequence {sequence}",
                    gradient.len(),
                    range.len()
                )));
            }
            self.loss += loss;
            slopes.extend(gradient);
        }
        Ok(slopes)
    }
}

#[cfg(test)]
mod tests;
