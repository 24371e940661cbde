//! The low-rank pairs of one block: what they add to its projections, their gradients, and merging.
//!
//! Low-rank adaptation (Hu et al. 2021, arXiv:2106.09685): `y = x W + alpha / rank * (x A) B` with `W` frozen. Each
//! target has a separate pair, as in PEFT, even where its matrix is fused with others here. Pairs are attached to the
//! blocks of a model while a trainer works on it. A policy that leaves the trainer is merged, so code that samples,
//! scores or saves a policy knows nothing of them.

use std::collections::BTreeMap;
use std::convert::Infallible;

use burn::tensor::Tensor;

use super::projection::{LoraConfig, LoraTarget, Projection};
use crate::device::Path;
use crate::ops::host::{self, Memory, math};

/// One target's two factors.
#[derive(Debug, Clone)]
pub(crate) struct Pair<T = Tensor<2>> {
    /// `[inputs, rank]`
    pub a: T,
    /// `[rank, outputs]`
    pub b: T,
    /// First column of the target in its fused matrix.
    pub first: usize,
}

/// All pairs of a block, or a value of another type per factor, as [`super::Weights`] has them.
#[derive(Debug, Clone)]
pub(crate) struct Pairs<T = Tensor<2>> {
    rank: usize,
    alpha: f64,
    pairs: BTreeMap<LoraTarget, Pair<T>>,
}

impl<T> Pairs<T> {
    /// The pair that `make` gives for each target of `lora`.
    pub fn new(lora: &LoraConfig, mut make: impl FnMut(LoraTarget) -> Pair<T>) -> Self {
        Self {
            rank: lora.rank,
            alpha: lora.alpha,
            pairs: lora.targets.iter().map(|target| (*target, make(*target))).collect(),
        }
    }

    /// The configuration that they were made from.
    pub fn config(&self) -> LoraConfig {
        LoraConfig {
            rank: self.rank,
            alpha: self.alpha,
            targets: self.pairs.keys().copied().collect(),
        }
    }

    /// Each target with its pair.
    pub fn pairs(&self) -> impl Iterator<Item = (LoraTarget, &Pair<T>)> {
        self.pairs.iter().map(|(target, pair)| (*target, pair))
    }

    /// Every factor: those of a target side by side, `A` first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.pairs.values().flat_map(|pair| [&pair.a, &pair.b])
    }

    /// Every factor, to change, in the order of [`Pairs::iter`].
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.pairs.values_mut().flat_map(|pair| [&mut pair.a, &mut pair.b])
    }

    /// Maps each factor by `f`.
    pub fn map<'a, U>(&'a self, mut f: impl FnMut(&'a T) -> U) -> Pairs<U> {
        let Ok(mapped) = self.try_map(|factor| Ok::<U, Infallible>(f(factor)));
        mapped
    }

    /// Maps each factor by `f`, or returns its first error.
    pub fn try_map<'a, U, E>(&'a self, mut f: impl FnMut(&'a T) -> Result<U, E>) -> Result<Pairs<U>, E> {
        self.try_zip(self, &mut |factor, _| f(factor))
    }

    /// Combines each factor with the same one of `other`, which has the same targets.
    pub fn try_zip<'a, U, V, E>(
        &'a self,
        other: &'a Pairs<U>,
        f: &mut impl FnMut(&'a T, &'a U) -> Result<V, E>,
    ) -> Result<Pairs<V>, E> {
        let mut pair = |((target, pair), other): ((&LoraTarget, &'a Pair<T>), &'a Pair<U>)| {
            let (a, b) = (f(&pair.a, &other.a)?, f(&pair.b, &other.b)?);
            let first = pair.first;
            Ok((*target, Pair { a, b, first }))
        };
        Ok(Pairs {
            rank: self.rank,
            alpha: self.alpha,
            pairs: self
                .pairs
                .iter()
                .zip(other.pairs.values())
                .map(&mut pair)
                .collect::<Result<_, E>>()?,
        })
    }
}

impl Pairs {
    fn of(&self, projection: Projection) -> impl Iterator<Item = (LoraTarget, &Pair)> {
        self.pairs()
            .filter(move |(target, _)| target.projection() == projection)
    }

    fn scale(&self) -> f32 {
        (self.alpha / self.rank as f64) as f32
    }

    /// `y + scale * (x A) B`, each target in its columns.
    pub fn add(&self, projection: Projection, x: &Tensor<2>, y: Tensor<2>, path: Path) -> Tensor<2> {
        let add = |y, (_, pair): (LoraTarget, &Pair)| {
            let product = x.clone().matmul(pair.a.clone()).matmul(pair.b.clone());
            add_columns(y, pair.first, product, self.scale(), path)
        };
        self.of(projection).fold(y, add)
    }

    /// `dx + scale * (dy B^T) A^T`
    pub fn add_input_gradient(&self, projection: Projection, dy: &Tensor<2>, dx: Tensor<2>, path: Path) -> Tensor<2> {
        let add = |dx, (_, pair): (LoraTarget, &Pair)| {
            let product = pair.pull(dy).matmul(pair.a.clone().transpose());
            add_columns(dx, 0, product, self.scale(), path)
        };
        self.of(projection).fold(dx, add)
    }

    /// `dA = scale * x^T (dy B^T)` and `dB = scale * (x A)^T dy`, added to `sums`.
    pub fn add_gradient(&self, projection: Projection, x: &Tensor<2>, dy: &Tensor<2>, sums: &mut Self) {
        let scale = self.scale();
        for ((target, pair), sum) in self.pairs.iter().zip(sums.pairs.values_mut()) {
            if target.projection() == projection {
                let inner = x.clone().matmul(pair.a.clone());
                let da = x.clone().transpose().matmul(pair.pull(dy));
                let db = inner.transpose().matmul(pair.upstream(dy));
                sum.a = sum.a.clone() + da * scale;
                sum.b = sum.b.clone() + db * scale;
            }
        }
    }

    /// `weight + scale * A B`, each target in its columns.
    pub fn merge(&self, projection: Projection, weight: Tensor<2>, path: Path) -> Tensor<2> {
        let add = |weight, (_, pair): (LoraTarget, &Pair)| {
            let product = pair.a.clone().matmul(pair.b.clone());
            add_columns(weight, pair.first, product, self.scale(), path)
        };
        self.of(projection).fold(weight, add)
    }
}

impl Pair {
    /// The target's columns of the gradient `dy` of its fused matrix's output.
    fn upstream(&self, dy: &Tensor<2>) -> Tensor<2> {
        dy.clone().narrow(1, self.first, self.b.dims()[1])
    }

    /// `dy B^T`
    fn pull(&self, dy: &Tensor<2>) -> Tensor<2> {
        self.upstream(dy).matmul(self.b.clone().transpose())
    }
}

/// `y[:, first..] += scale * part`, in place on the host.
pub(crate) fn add_columns(y: Tensor<2>, first: usize, part: Tensor<2>, scale: f32, path: Path) -> Tensor<2> {
    let ([n, width], [_, columns], device) = (y.dims(), part.dims(), y.device());
    if path == Path::Plain {
        let range = [0..n, first..first + columns];
        let sum = y.clone().slice(range.clone()) + part * scale;
        return y.slice_assign(range, sum);
    }
    let (mut y, part) = (Memory::take(y), Memory::take(part));
    let part = part.slice();
    host::for_rows(
        y.slice_mut(),
        width,
        #[inline(always)]
        |row, rows| {
            let parts = part[row * columns..].chunks_exact(columns);
            for (y, part) in rows.chunks_exact_mut(width).zip(parts) {
                math::axpy(&mut y[first..first + columns], scale, part);
            }
        },
    );
    y.into_tensor(&device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::model::params::params;
    use crate::ops::attention::Heads;
    use crate::ops::vjp::vjp;
    use crate::testing::{assert_close, config, random};

    fn qkv_width(config: &Config) -> usize {
        Heads::of(config).width()
    }

    /// Pairs on some targets of a small model, both factors random.
    fn pairs(config: &Config) -> Pairs {
        let lora = LoraConfig {
            rank: 3,
            alpha: 6.0,
            targets: vec![LoraTarget::VProj, LoraTarget::QProj, LoraTarget::DownProj],
        };
        let mut seed = 0;
        let params = params(config, Some(&lora)).map(|param| {
            seed += 1;
            random(param.shape(), seed)
        });
        params.blocks[0].lora.clone().unwrap()
    }

    #[test]
    fn pairs_whose_second_factor_is_zero_change_nothing() {
        let config = config(8);
        let mut pairs = pairs(&config);
        assert_eq!(
            pairs.config().targets,
            [LoraTarget::QProj, LoraTarget::VProj, LoraTarget::DownProj]
        );
        for pair in pairs.pairs.values_mut() {
            pair.b = pair.b.zeros_like();
        }
        let weight = random([config.hidden, qkv_width(&config)], 1);
        let merged = pairs.merge(Projection::Qkv, weight.clone(), Path::Host);
        assert_eq!(host::values(&merged), host::values(&weight));
    }

    #[test]
    fn adding_equals_multiplying_by_the_merged_matrix() {
        let config = config(8);
        let pairs = pairs(&config);
        for (projection, [inputs, outputs]) in [
            (Projection::Qkv, [config.hidden, qkv_width(&config)]),
            (Projection::Down, [config.intermediate, config.hidden]),
            (Projection::Out, [config.query_width(), config.hidden]),
        ] {
            let (x, weight) = (random([5, inputs], 1), random([inputs, outputs], 2));
            for path in [Path::Plain, Path::Host] {
                let merged = pairs.merge(projection, weight.clone(), path);
                let y = x.clone().matmul(weight.clone());
                assert_close(&pairs.add(projection, &x, y, path), &x.clone().matmul(merged), 1e-4);
            }
        }
    }

    #[test]
    fn gradients_equal_autodiff_of_the_definition() {
        let config = config(8);
        let pairs = pairs(&config);
        let (x, dy) = (random([5, 16], 1), random([5, qkv_width(&config)], 2));
        let mut sums = pairs.clone();
        for factor in sums.iter_mut() {
            *factor = factor.zeros_like();
        }
        pairs.add_gradient(Projection::Qkv, &x, &dy, &mut sums);
        for path in [Path::Plain, Path::Host] {
            let dx = x.zeros_like();
            let dx = pairs.add_input_gradient(Projection::Qkv, &dy, dx, path);
            let mut expected = x.zeros_like();
            for target in [LoraTarget::QProj, LoraTarget::VProj] {
                let pair = &pairs.pairs[&target];
                let [a, b, dx] = vjp([&pair.a, &pair.b, &x], &pair.upstream(&dy), |[a, b, x]| {
                    x.matmul(a).matmul(b) * 2.0
                });
                let sum = &sums.pairs[&target];
                assert_close(&sum.a, &a, 1e-4);
                assert_close(&sum.b, &b, 1e-4);
                expected = expected + dx;
            }
            assert_close(&dx, &expected, 1e-4);
        }
        let untouched = &sums.pairs[&LoraTarget::DownProj];
        assert!(host::values(&untouched.b).iter().all(|value| *value == 0.0));
    }
}
