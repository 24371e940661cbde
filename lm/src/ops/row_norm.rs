//! Root-mean-square normalisation of all query heads of a token together, and of all its key heads, before rotation, as
//! OLMo 2 has it (OLMo et al. 2024, arXiv:2501.00656, section 3.2).
//!
//! Works on fused rows `[queries, keys, values]`; values pass unchanged.

use burn::tensor::Tensor;

use super::attention::Heads;
use super::qk_norm::QkNorm;
use super::rms_norm;
use crate::device::Path;

/// Queries, keys and values of fused rows.
fn parts(qkv: &Tensor<2>, heads: Heads) -> [Tensor<2>; 3] {
    let (keys, values) = (heads.keys(), heads.values());
    let part = |from: usize, to: usize| qkv.clone().narrow(1, from, to - from);
    [part(0, keys), part(keys, values), part(values, heads.width())]
}

/// `qkv` `[n, (queries + 2 kv) * dim]` -> the same shape
pub(crate) fn forward(qkv: &Tensor<2>, norm: &QkNorm, heads: Heads, epsilon: f32, path: Path) -> Tensor<2> {
    let [q, k, v] = parts(qkv, heads);
    let q = rms_norm::forward(&q, &norm.q, epsilon, path);
    let k = rms_norm::forward(&k, &norm.k, epsilon, path);
    Tensor::cat(vec![q, k, v], 1)
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
    let [q, k, _] = parts(qkv, heads);
    let [dq, dk, dv] = parts(&dy, heads);
    let mut sums = [dq.zeros_like(), dk.zeros_like()];
    let [to_q, to_k] = &mut sums;
    rms_norm::backward([&q, &norm.q, &dq], epsilon, to_q, &mut gradient.q, path);
    rms_norm::backward([&k, &norm.k, &dk], epsilon, to_k, &mut gradient.k, path);
    let [q, k] = sums;
    Tensor::cat(vec![q, k, dv], 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::vjp::vjp;
    use crate::testing::{assert_close, random};

    const HEADS: Heads = Heads {
        queries: 4,
        kv: 2,
        dim: 6,
    };

    #[test]
    fn both_paths_equal_autodiff_of_the_definition() {
        let (qkv, dy) = (random([5, HEADS.width()], 1), random([5, HEADS.width()], 2));
        let norm = || QkNorm {
            q: random([1, 24], 3),
            k: random([1, 12], 4),
        };
        let definition = |[qkv, q, k]: [Tensor<2>; 3]| {
            let normed = |x: Tensor<2>, gamma: Tensor<2>| {
                let mean_square = (x.clone() * x.clone()).mean_dim(1);
                x / (mean_square + 1e-5).sqrt() * gamma
            };
            let [x, y, v] = parts(&qkv, HEADS);
            Tensor::cat(vec![normed(x, q), normed(y, k), v], 1)
        };
        let expected = definition([qkv.clone(), norm().q, norm().k]);
        let [dqkv, dq, dk] = vjp([&qkv, &norm().q, &norm().k], &dy, definition);
        for path in [Path::Plain, Path::Host] {
            assert_close(&forward(&qkv, &norm(), HEADS, 1e-5, path), &expected, 1e-5);
            let mut sums = norm();
            let got = backward(&qkv, &norm(), HEADS, 1e-5, dy.clone(), &mut sums, path);
            assert_close(&got, &dqkv, 1e-4);
            assert_close(&(sums.q - norm().q), &dq, 1e-4);
            assert_close(&(sums.k - norm().k), &dk, 1e-4);
        }
    }
}
