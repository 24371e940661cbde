//! Forward and backward passes over a step's micro-batches.

use std::ops::Range;

use burn::tensor::Tensor;

use super::config::StepConfig;
use super::objective::{Objective, TokenObjective};
use super::sums::Sums;
use crate::micro_batch::MicroBatch;
use crate::model::tape::Keep;
use crate::ops::head::Bonus;
use crate::ops::{embed, head, host, linear};
use crate::packing::{Chunk, Packing};
use crate::profile::{self, Phase, Section};
use crate::{LmError, Policy};

/// Passes over micro-batches, and their sums.
pub(super) struct Pass<'a> {
    policy: &'a Policy,
    objective: &'a dyn Objective,
    keep: Keep,
    pub sums: Sums,
}

impl<'a> Pass<'a> {
    pub fn new(policy: &'a Policy, objective: &'a dyn Objective, config: &StepConfig) -> Self {
        Self {
            policy,
            objective,
            keep: if config.gradient_checkpointing {
                Keep::Inputs
            } else {
                Keep::Activations
            },
            sums: Sums::zeros(policy),
        }
    }

    /// The head and the loss run chunk by chunk on the final hidden states; the trunk is walked back once.
    pub fn micro_batch(&mut self, batch: &MicroBatch) -> Result<(), LmError> {
        let model = &self.policy.model;
        let packing = Packing::new(model, batch);
        let (hidden, tape) = model.forward_taped(&packing.ids, &packing.layout, self.keep);
        let mut dhidden = Tensor::zeros(hidden.dims(), &hidden.device());
        for chunk in packing.chunks(self.policy.vocab_size(), model.device.path()) {
            let dh = self.head(&chunk, &hidden)?;
            dhidden = embed::backward(dhidden, &chunk.rows, dh, model.device.path());
        }
        host::give(hidden);
        model.backward(&packing.ids, &packing.layout, tape, dhidden, &mut self.sums.gradients);
        Ok(())
    }

    /// Scores a chunk's responses and returns the gradient of their hidden rows.
    fn head(&mut self, chunk: &Chunk, hidden: &Tensor<2>) -> Result<Tensor<2>, LmError> {
        let _section = profile::section(Section::Loss);
        let model = &self.policy.model;
        let path = model.device.path();
        let h = chunk.select(hidden);
        let scores = head::score(model.logits(&h), &chunk.targets, path);
        self.sums.counts.tokens += chunk.targets.len();
        let entropies = scores.entropies.iter().map(|entropy| f64::from(*entropy));
        self.sums.counts.entropy += entropies.sum::<f64>();
        let slopes = self.slopes(&chunk.units, &scores.logprobs)?;
        let weights = self.entropy_weights(&chunk.units, &scores.entropies);
        let bonus = weights.as_deref().map(|weights| Bonus {
            weights,
            entropies: &scores.entropies,
        });
        let dlogits = head::gradient(scores.probabilities, &chunk.targets, &slopes, bonus, path);
        let _span = profile::span(Phase::Head);
        let product = model.device.head_product();
        let dh = linear::input_gradient(model.head_weight(), &dlogits, product);
        match &mut self.sums.gradients.head {
            _ if model.weights.adapted() => {}
            Some(head) => linear::add_weight_gradient(&h, &dlogits, head, product),
            None => linear::add_weight_gradient(&dlogits, &h, &mut self.sums.gradients.embed, product),
        }
        host::give(dlogits);
        Ok(dh)
    }

    /// The objective's derivative for every row of a chunk.
    fn slopes(&mut self, units: &[Vec<(usize, Range<usize>)>], logprobs: &[f32]) -> Result<Vec<f32>, LmError> {
        let _span = profile::span(Phase::Objective);
        let mut slopes = Vec::with_capacity(logprobs.len());
        for members in units {
            let unit: Vec<(usize, &[f32])> = members
                .iter()
                .map(|(response, range)| (*response, &logprobs[range.clone()]))
                .collect();
            let evaluated = self.objective.evaluate(&unit, &mut self.sums.counts.tally);
            check(&unit, &evaluated)?;
            for TokenObjective { loss, gradient } in evaluated {
                self.sums.counts.loss += loss;
                slopes.extend(gradient);
            }
        }
        Ok(slopes)
    }

    /// The weight of every row's entropy in the loss, which is subtracted; none where no entropy counts.
    fn entropy_weights(&mut self, units: &[Vec<(usize, Range<usize>)>], entropies: &[f32]) -> Option<Vec<f32>> {
        let members = units.iter().flatten();
        let weights = members.flat_map(|(response, range)| {
            let weight = self.objective.entropy_weight(*response, range.len());
            std::iter::repeat_n(weight, range.len())
        });
        let weights: Vec<f32> = weights.collect();
        let bonus = weights.iter().zip(entropies);
        self.sums.counts.loss -= bonus
            .map(|(w, entropy)| f64::from(*w) * f64::from(*entropy))
            .sum::<f64>();
        weights.iter().any(|&weight| weight != 0.0).then_some(weights)
    }
}

/// Refuses an objective's answer for `unit` unless it has a derivative for every token.
fn check(unit: &[(usize, &[f32])], evaluated: &[TokenObjective]) -> Result<(), LmError> {
    if evaluated.len() != unit.len() {
        let (given, members) = (evaluated.len(), unit.len());
        return Err(LmError::Invalid(format!(
            "the objective evaluated {given} responses of a unit of {members}"
        )));
    }
    for ((response, logprobs), objective) in unit.iter().zip(evaluated) {
        let (derivatives, tokens) = (objective.gradient.len(), logprobs.len());
        if derivatives != tokens {
            return Err(LmError::Invalid(format!(
                "the objective gave {derivatives} derivatives for the {tokens} tokens of response {response}"
            )));
        }
    }
    Ok(())
}
