//! Root-mean-square normalisation of every query and key head before rotation, as Qwen3 has it (Qwen3 technical report,
//! arXiv:2505.09388, section 2; the norm itself is [`super::rms_norm`]'s).
//!
//! Works on fused rows `[queries, keys, values]`; values pass unchanged.

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::attention::Heads;
use super::host::{self, View, math, pool};
use super::rms_norm::{backward_row, inverse_root};
use super::vjp::vjp;
use crate::device::Path;
use crate::profile::{self, Phase};

/// Factors of the normalisation of query and key heads, `[1, head_dim]` each: one for all heads of a kind.
#[derive(Debug, Clone)]
pub(crate) struct QkNorm<T = Tensor<2>> {
    pub q: T,
    pub k: T,
}

/// `qkv` `[n, (queries + 2 kv) * dim]` -> the same shape
pub(crate) fn forward(qkv: &Tensor<2>, norm: &QkNorm, heads: Heads, epsilon: f32, path: Path) -> Tensor<2> {
    let _span = profile::span(Phase::Norm);
    match path {
        Path::Plain => definition([qkv.clone(), norm.q.clone(), norm.k.clone()], heads, epsilon),
        Path::Host => host_forward(qkv, norm, heads, epsilon),
    }
}

/// The gradient of `qkv`, `dy` being that of the output; adds those of the factors to `gradient`.
pub(crate) fn backward(
    qkv: &Tensor<2>,
    norm: &QkNorm,
    heads: Heads,
    epsilon: f32,
    dy: Tensor<2>,
    gradient: &mut QkNorm,
    path: Path,
) -> Tensor<2> {
    let _span = profile::span(Phase::Norm);
    match path {
        Path::Plain => {
            let inputs = [qkv, &norm.q, &norm.k];
            let [dqkv, q, k] = vjp(inputs, &dy, |inputs| definition(inputs, heads, epsilon));
            host::replace(&mut gradient.q, |sum| sum + q);
            host::replace(&mut gradient.k, |sum| sum + k);
            dqkv
        }
        Path::Host => host_backward(qkv, norm, heads, epsilon, dy, gradient),
    }
}

fn definition([qkv, q, k]: [Tensor<2>; 3], heads: Heads, epsilon: f32) -> Tensor<2> {
    let [n, width] = qkv.dims();
    let rows = qkv.reshape([n, width / heads.dim, heads.dim]);
    let normed = |first, count, gamma: Tensor<2>| {
        let x = rows.clone().narrow(1, first, count);
        let mean_square = (x.clone() * x.clone()).mean_dim(2);
        x / (mean_square + epsilon).sqrt() * gamma.reshape([1, 1, heads.dim])
    };
    let queries = normed(0, heads.queries, q);
    let keys = normed(heads.queries, heads.kv, k);
    let values = rows.clone().narrow(1, heads.queries + heads.kv, heads.kv);
    Tensor::cat(vec![queries, keys, values], 1).reshape([n, width])
}

fn host_forward(qkv: &Tensor<2>, norm: &QkNorm, heads: Heads, epsilon: f32) -> Tensor<2> {
    let ([n, width], device) = (qkv.dims(), qkv.device());
    let (q, k) = (host::values(&norm.q), host::values(&norm.k));
    let mut y = pool::vec(n * width);
    host::read(qkv, |qkv| {
        host::for_rows(
            &mut y,
            width,
            #[inline(always)]
            |first, rows| {
                let inputs = qkv[first * width..].chunks_exact(width);
                for (y, x) in rows.chunks_exact_mut(width).zip(inputs) {
                    y[heads.values()..].copy_from_slice(&x[heads.values()..]);
                    let normed = y[..heads.values()].chunks_exact_mut(heads.dim);
                    for (head, (y, x)) in normed.zip(x.chunks_exact(heads.dim)).enumerate() {
                        let gamma = if head < heads.queries { &q } else { &k };
                        forward_head(x, gamma, epsilon, y);
                    }
                }
            },
        );
    });
    host::tensor(y, [n, width], &device)
}

#[inline(always)]
fn forward_head(x: &[f32], gamma: &[f32], epsilon: f32, y: &mut [f32]) {
    let scale = inverse_root(x, epsilon);
    for ((y, x), gamma) in y.iter_mut().zip(x).zip(gamma) {
        *y = x * scale * gamma;
    }
}

fn host_backward(
    qkv: &Tensor<2>,
    norm: &QkNorm,
    heads: Heads,
    epsilon: f32,
    mut dy: Tensor<2>,
    gradient: &mut QkNorm,
) -> Tensor<2> {
    let [qkv, q, k] = [qkv, &norm.q, &norm.k].map(View::of);
    let (width, gammas) = (heads.width(), [q.slice(), k.slice()]);
    let size = host::rows_per_task(width) * width;
    let task = |(dy, x): (&mut [f32], &[f32])| {
        let mut sums = [vec![0.0; heads.dim], vec![0.0; heads.dim]];
        host::vectorised(
            #[inline(always)]
            || {
                for (dy, x) in dy.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
                    backward_heads(x, gammas, heads, epsilon, dy, &mut sums);
                }
            },
        );
        sums
    };
    let mut partial: Vec<[Vec<f32>; 2]> = Vec::new();
    host::write(&mut dy, |dy| {
        let rows = dy.par_chunks_mut(size).zip(qkv.slice().par_chunks(size));
        partial = rows.map(task).collect();
    });
    // Added in the order of the rows, so that the sums do not depend on the number of threads.
    for (index, sum) in [&mut gradient.q, &mut gradient.k].into_iter().enumerate() {
        host::write(sum, |sum| {
            partial.iter().for_each(|parts| math::axpy(sum, 1.0, &parts[index]));
        });
    }
    dy
}

/// One row: `dy` becomes the gradient of `x`.
#[inline(always)]
fn backward_heads(
    x: &[f32],
    gammas: [&[f32]; 2],
    heads: Heads,
    epsilon: f32,
    dy: &mut [f32],
    sums: &mut [Vec<f32>; 2],
) {
    let mut slope = vec![0.0; heads.dim];
    let normed = dy[..heads.values()].chunks_exact_mut(heads.dim);
    for (head, (dy, x)) in normed.zip(x.chunks_exact(heads.dim)).enumerate() {
        let kind = usize::from(head >= heads.queries);
        slope.copy_from_slice(dy);
        dy.fill(0.0);
        backward_row([x, gammas[kind], &slope], epsilon, dy, &mut sums[kind]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, random};

    const HEADS: Heads = Heads {
        queries: 4,
        kv: 2,
        dim: 6,
    };

    fn norm() -> QkNorm {
        QkNorm {
            q: random([1, 6], 2),
            k: random([1, 6], 3),
        }
    }

    #[test]
    fn host_path_equals_the_definition_and_its_gradient() {
        // More rows than one task handles.
        let n = host::rows_per_task(HEADS.width()) + 3;
        let (qkv, dy) = (random([n, HEADS.width()], 1), random([n, HEADS.width()], 4));
        let [plain, host] = [Path::Plain, Path::Host].map(|path| {
            let y = forward(&qkv, &norm(), HEADS, 1e-5, path);
            let mut sums = norm();
            let dy = dy.clone();
            let dqkv = backward(&qkv, &norm(), HEADS, 1e-5, dy, &mut sums, path);
            (y, dqkv, sums)
        });
        assert_close(&host.0, &plain.0, 1e-6);
        assert_close(&host.1, &plain.1, 1e-5);
        assert_close(&host.2.q, &plain.2.q, 1e-4);
        assert_close(&host.2.k, &plain.2.k, 1e-4);
    }

    #[test]
    fn each_head_is_normed_by_itself_and_values_pass() {
        let heads = Heads {
            queries: 1,
            kv: 1,
            dim: 2,
        };
        let device = burn::tensor::Device::flex();
        let row = |values: Vec<f32>| {
            let n = values.len();
            host::tensor(values, [1, n], &device)
        };
        let qkv = row(vec![3.0, 4.0, 0.0, 2.0, 7.0, 8.0]);
        let norm = QkNorm {
            q: row(vec![1.0, 2.0]),
            k: row(vec![1.0, 0.5]),
        };
        let y = host::values(&forward(&qkv, &norm, heads, 0.0, Path::Host));
        // The root mean squares are sqrt(12.5) and sqrt(2).
        let root = |x: f32| x.sqrt();
        let expected = [3.0 / root(12.5), 8.0 / root(12.5), 0.0, 1.0 / root(2.0), 7.0, 8.0];
        for (y, expected) in y.iter().zip(expected) {
            assert!((y - expected).abs() < 1e-6);
        }
    }
}
