//! The records of each optimizer step.

use std::collections::BTreeMap;

use serl_artifacts::tables::{TrainFigure, TrainLog};

use super::algorithm::Scores;
use super::round::Round;

/// The rows of the steps so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    /// Figures of all algorithms.
    pub(super) steps: Vec<TrainLog>,
    /// Figures of this algorithm.
    pub(super) figures: Vec<TrainFigure>,
}

impl Log {
    /// Everything that was measured at `step`, by name.
    pub(super) fn measured(&self, step: usize) -> BTreeMap<String, f64> {
        let mut measured = self.steps[step].figures();
        let of_step = self.figures.iter().filter(|figure| figure.step as usize == step);
        measured.extend(of_step.map(|figure| (figure.name.clone(), figure.value)));
        measured
    }

    /// Tokens trained on, from step `first` on.
    pub(super) fn tokens(&self, first: usize) -> u64 {
        self.steps[first..].iter().map(|step| step.tokens).sum()
    }

    /// Mean reward of the responses trained on so far, and mean KL of their tokens where it is known.
    pub(super) fn so_far(&self) -> Vec<(&'static str, f64)> {
        let mean = |of: &dyn Fn(&TrainLog) -> Option<(f64, f64)>| {
            let (sum, weight) = self
                .steps
                .iter()
                .filter_map(of)
                .fold((0.0, 0.0), |(sum, all), (value, weight)| {
                    (sum + value * weight, all + weight)
                });
            (weight > 0.0).then(|| sum / weight)
        };
        let reward = mean(&|step| Some((step.reward_mean, f64::from(step.responses))));
        let kl = mean(&|step| Some((step.kl?, step.tokens as f64)));
        let named = [("reward", reward), ("kl", kl)];
        named
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }

    /// The names of the figures, in the order of their first appearance.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for figure in &self.figures {
            if !names.contains(&figure.name.as_str()) {
                names.push(&figure.name);
            }
        }
        names
    }
}

/// How far the sampler's logprobs are from the trainer's for the same policy and tokens: the mean of k3,
/// `exp(d) - 1 - d` with `d = trainer - sampler`, in nats. 0 where both compute alike; none where one is not known.
pub(super) fn mismatch(members: &[usize], round: &Round, scores: &Scores) -> Option<f64> {
    let pairs = members.iter().filter_map(|&number| {
        let sampled = round.response(number).policy_logprobs.as_ref()?;
        Some(scores.old.get(number)?.logprobs.iter().zip(sampled))
    });
    let differences = pairs
        .flatten()
        .map(|(&trainer, &sampler)| f64::from(trainer) - f64::from(sampler));
    let k3: Vec<f64> = differences.map(|d| d.exp_m1() - d).collect();
    (!k3.is_empty()).then(|| k3.iter().sum::<f64>() / k3.len() as f64)
}
