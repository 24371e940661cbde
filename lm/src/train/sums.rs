//! What adds up over the micro-batches of a step.

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::tally::Tally;
use crate::Policy;
use crate::device::Path;
use crate::model::Weights;
use crate::ops::host;
use crate::profile::{self, Section};

/// Sums over micro-batches.
#[derive(Debug)]
pub(super) struct Sums {
    /// Of what is trained.
    pub gradients: Weights,
    pub counts: Counts,
}

/// The sums that are numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    pub loss: f64,
    /// Over tokens, in nats.
    pub entropy: f64,
    /// Response tokens.
    pub tokens: usize,
    /// What the objective counts.
    pub tally: Tally,
}

impl Sums {
    /// Sums of nothing, for the gradients of what is trained of `policy`.
    pub fn zeros(policy: &Policy) -> Self {
        let device = policy.model.device.burn();
        let gradients = policy.model.zeros_by(|shape| match policy.model.device.path() {
            Path::Host => host::zeros(shape, &device),
            Path::Plain => Tensor::zeros(shape, &device),
        });
        Self {
            gradients,
            counts: Counts::default(),
        }
    }

    /// Adds the sums of the same policy over other micro-batches.
    pub fn join(mut self, other: Self, path: Path) -> Self {
        let _section = profile::section(Section::Optimizer);
        let Self { gradients, counts } = other;
        self.counts.join(&counts);
        let mut gradients = gradients;
        for (sum, gradient) in self.gradients.trained_mut().zip(gradients.trained_mut()) {
            let gradient = host::take(gradient);
            add(sum, &gradient, path);
            host::give(gradient);
        }
        self
    }
}

impl Counts {
    /// Adds the counts over other micro-batches.
    pub fn join(&mut self, other: &Self) {
        self.loss += other.loss;
        self.entropy += other.entropy;
        self.tokens += other.tokens;
        self.tally.join(&other.tally);
    }
}

/// Adds `gradient` to `sum`, in place.
pub(super) fn add(sum: &mut Tensor<2>, gradient: &Tensor<2>, path: Path) {
    match path {
        Path::Plain => host::replace(sum, |sum| sum + gradient.clone()),
        Path::Host => {
            let size = host::rows_per_task(1);
            host::write(sum, |sum| {
                host::read(gradient, |gradient| {
                    let chunks = sum.par_chunks_mut(size).zip(gradient.par_chunks(size));
                    chunks.for_each(|(sum, gradient)| {
                        host::vectorised(
                            #[inline(always)]
                            || sum.iter_mut().zip(gradient).for_each(|(sum, x)| *sum += x),
                        );
                    });
                });
            });
        }
    }
}
