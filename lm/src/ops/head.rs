//! The output head's softmax: log-probabilities of chosen tokens, entropies, and the gradient of the logits.
//!
//! Knows no loss: the gradient is for any function of the log-probabilities.

use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;

use super::host::{self, Memory, indices, math};
use crate::device::Path;
use crate::profile::{self, Phase};

/// Elements of a row that are reduced together at most: as many as there are, up to this, by a power of two.
const PART: usize = 512;

/// How many arrays of the logits' size there are at once: on the host all is computed in the memory of the logits; the
/// definition has logits, their shifted values, logarithms, probabilities, and a product of the last two.
pub(crate) fn copies(path: Path) -> usize {
    match path {
        Path::Host => 1,
        Path::Plain => 5,
    }
}

/// The scores of rows of logits.
pub(crate) struct Scores {
    /// `[n, vocab]`, in the memory of the logits.
    pub probabilities: Tensor<2>,
    /// `log p(target)`, in nats
    pub logprobs: Vec<f32>,
    /// `-sum p log p`, in nats
    pub entropies: Vec<f32>,
}

/// Scores `logits` `[n, vocab]` against `n` targets.
pub(crate) fn score(logits: Tensor<2>, targets: &[u32], path: Path) -> Scores {
    let _span = profile::span(Phase::Softmax);
    match path {
        Path::Plain => plain_score(logits, targets),
        Path::Host => host_score(logits, targets),
    }
}

/// Entropies that a loss contains as `-sum_i weight_i H_i`.
pub(crate) struct Bonus<'a> {
    /// The weight of each row.
    pub weights: &'a [f32],
    /// The entropy of each row, in nats.
    pub entropies: &'a [f32],
}

/// `dL/dlogits = (onehot(target) - p) * dL/dlogprob`, `slopes` being `dL/dlogprob`; with a bonus, plus `weight * p *
/// (log p + H)`, since `dH/dlogits = -p (log p + H)`.
pub(crate) fn gradient(
    probabilities: Tensor<2>,
    targets: &[u32],
    slopes: &[f32],
    bonus: Option<Bonus<'_>>,
    path: Path,
) -> Tensor<2> {
    let _span = profile::span(Phase::Softmax);
    match path {
        Path::Plain => plain_gradient(probabilities, targets, slopes, bonus),
        Path::Host => host_gradient(probabilities, targets, slopes, bonus),
    }
}

fn plain_score(logits: Tensor<2>, targets: &[u32]) -> Scores {
    let device = logits.device();
    let shifted = logits.clone() - in_parts(logits, Tensor::max_dim);
    let log = shifted.clone() - in_parts(shifted.exp(), Tensor::sum_dim).log();
    let probabilities = log.clone().exp();
    let entropies = in_parts(probabilities.clone() * log.clone(), Tensor::sum_dim).neg();
    let chosen = log.gather(1, indices(targets, &device).reshape([targets.len(), 1]));
    let mut values = host::all_values([chosen, entropies]);
    Scores {
        probabilities,
        logprobs: values.next().unwrap_or_default(),
        entropies: values.next().unwrap_or_default(),
    }
}

/// Rows reduced to `[n, 1]` in two steps: a GPU gives each reduction to one thread, and a vocabulary is long.
fn in_parts(x: Tensor<2>, reduce: fn(Tensor<3>, usize) -> Tensor<3>) -> Tensor<2> {
    let [n, width] = x.dims();
    let part = (1usize << width.trailing_zeros()).min(PART);
    let x = x.reshape([n, width / part, part]);
    reduce(reduce(x, 2), 1).reshape([n, 1])
}

fn plain_gradient(probabilities: Tensor<2>, targets: &[u32], slopes: &[f32], bonus: Option<Bonus<'_>>) -> Tensor<2> {
    let (device, n) = (probabilities.device(), slopes.len());
    let column = |values: &[f32]| -> Tensor<2> { Tensor::from_data(TensorData::new(values.to_vec(), [n, 1]), &device) };
    let slopes = column(slopes);
    let targets = indices(targets, &device).reshape([n, 1]);
    let by_row = match bonus {
        None => slopes.clone().neg(),
        Some(bonus) => {
            let log = probabilities.clone().clamp_min(f32::MIN_POSITIVE).log();
            (log + column(bonus.entropies)) * column(bonus.weights) - slopes.clone()
        }
    };
    let gradient = probabilities * by_row;
    gradient.scatter(1, targets, slopes, burn::tensor::IndexingUpdateOp::Add)
}

fn host_score(logits: Tensor<2>, targets: &[u32]) -> Scores {
    let ([n, vocab], device) = (logits.dims(), logits.device());
    let mut logits = Memory::take(logits);
    let (mut logprobs, mut entropies) = (vec![0.0; n], vec![0.0; n]);
    let rows = host::rows_per_task(vocab);
    let outputs = logprobs
        .par_chunks_mut(rows)
        .zip(entropies.par_chunks_mut(rows))
        .zip(targets.par_chunks(rows));
    logits.slice_mut().par_chunks_mut(rows * vocab).zip(outputs).for_each(
        |(logits, ((logprobs, entropies), targets))| {
            host::vectorised(
                #[inline(always)]
                || {
                    let outputs = logprobs.iter_mut().zip(entropies).zip(targets);
                    for (row, ((logprob, entropy), target)) in logits.chunks_exact_mut(vocab).zip(outputs) {
                        (*logprob, *entropy) = score_row(row, *target as usize);
                    }
                },
            );
        },
    );
    Scores {
        probabilities: logits.into_tensor(&device),
        logprobs,
        entropies,
    }
}

/// Turns logits into probabilities; returns the target's log-probability and the entropy.
#[inline(always)]
fn score_row(row: &mut [f32], target: usize) -> (f32, f32) {
    let largest = math::max(row);
    let chosen = row[target] - largest;
    let mut weighted = [0.0f32; math::LANES];
    let mut sums = [0.0f32; math::LANES];
    let (chunks, rest) = row.as_chunks_mut::<{ math::LANES }>();
    for chunk in chunks {
        for lane in 0..math::LANES {
            let shifted = chunk[lane] - largest;
            chunk[lane] = math::exp(shifted);
            sums[lane] += chunk[lane];
            weighted[lane] += weigh(chunk[lane], shifted);
        }
    }
    for (lane, value) in rest.iter_mut().enumerate() {
        let shifted = *value - largest;
        *value = math::exp(shifted);
        sums[lane] += *value;
        weighted[lane] += weigh(*value, shifted);
    }
    let (sum, weighted): (f32, f32) = (sums.iter().sum(), weighted.iter().sum());
    for value in row {
        *value /= sum;
    }
    (chosen - sum.ln(), sum.ln() - weighted / sum)
}

/// `p log p`, 0 for a token of probability 0.
#[inline(always)]
fn weigh(probability: f32, log: f32) -> f32 {
    // The bound keeps 0 * -infinity from becoming NaN.
    probability * if log > -1e4 { log } else { -1e4 }
}

fn host_gradient(probabilities: Tensor<2>, targets: &[u32], slopes: &[f32], bonus: Option<Bonus<'_>>) -> Tensor<2> {
    let ([_, vocab], device) = (probabilities.dims(), probabilities.device());
    let mut memory = Memory::take(probabilities);
    host::for_rows(
        memory.slice_mut(),
        vocab,
        #[inline(always)]
        |first, rows| {
            for (i, row) in rows.chunks_exact_mut(vocab).enumerate() {
                let slope = slopes[first + i];
                match &bonus {
                    None => row.iter_mut().for_each(|value| *value *= -slope),
                    Some(bonus) => {
                        let (weight, entropy) = (bonus.weights[first + i], bonus.entropies[first + i]);
                        for value in row.iter_mut() {
                            let log = value.max(f32::MIN_POSITIVE).ln();
                            *value *= weight * (log + entropy) - slope;
                        }
                    }
                }
                row[targets[first + i] as usize] += slope;
            }
        },
    );
    memory.into_tensor(&device)
}

#[cfg(test)]
mod tests {
    use burn::tensor::activation::log_softmax;

    use super::*;
    use crate::testing::{assert_close, random};

    #[test]
    fn host_path_equals_the_definition() {
        let logits = random([9, 37], 1).mul_scalar(4.0);
        let targets: Vec<u32> = (0..9).map(|i| i * 4).collect();
        let slopes: Vec<f32> = (0..9).map(|i| i as f32 - 3.0).collect();
        let [plain, host] = [Path::Plain, Path::Host].map(|path| {
            let scores = score(logits.clone(), &targets, path);
            let bonus = Bonus {
                weights: &slopes,
                entropies: &scores.entropies,
            };
            let gradients =
                [None, Some(bonus)].map(|bonus| gradient(scores.probabilities.clone(), &targets, &slopes, bonus, path));
            (scores, gradients)
        });
        assert_close(&host.0.probabilities, &plain.0.probabilities, 1e-6);
        for (host, plain) in host.1.iter().zip(&plain.1) {
            assert_close(host, plain, 2e-6);
        }
        for i in 0..9 {
            assert!((host.0.logprobs[i] - plain.0.logprobs[i]).abs() < 1e-5);
            assert!((host.0.entropies[i] - plain.0.entropies[i]).abs() < 1e-5);
        }
    }

    #[test]
    fn gradient_equals_autodiff_of_the_plain_loss() {
        let (h, w) = (random([5, 6], 1), random([6, 11], 2));
        let targets = [3, 0, 10, 7, 7];
        let slopes = vec![0.5f32, -1.0, 2.0, 0.0, 1.5];
        let weights = [0.3f32, 0.0, 0.1, 2.0, 0.7];
        let leaf = h.clone().autodiff().require_grad();
        let log = log_softmax(leaf.clone().matmul(w.clone().autodiff()), 1);
        let index = indices(&targets, &h.device()).reshape([5, 1]).autodiff();
        let column = |values: &[f32]| -> Tensor<2> {
            Tensor::from_data(TensorData::new(values.to_vec(), [5, 1]), &h.device()).autodiff()
        };
        let bonus = (log.clone().exp() * log.clone()).sum_dim(1) * column(&weights);
        let mut gradients = (log.gather(1, index) * column(&slopes) + bonus).sum().backward();
        let expected = leaf.grad_remove(&mut gradients).unwrap();
        let scores = score(h.matmul(w.clone()), &targets, Path::Host);
        let bonus = Bonus {
            weights: &weights,
            entropies: &scores.entropies,
        };
        let dlogits = gradient(scores.probabilities, &targets, &slopes, Some(bonus), Path::Host);
        assert_close(&dlogits.matmul(w.transpose()), &expected, 1e-5);
    }
}
