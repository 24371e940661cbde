//! The low-rank pairs of one block: what they add to its projections, their gradients, and merging.

use std::collections::BTreeMap;

use burn::tensor::Tensor;

use super::{LoraConfig, LoraTarget};
use crate::checkpoint::init;
use crate::config::Config;
use crate::device::Path;
use crate::model::Projection;
use crate::ops::host::{self, Memory, math};

/// One target's two factors.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    /// `[inputs, rank]`
    pub a: Tensor<2>,
    /// `[rank, outputs]`
    pub b: Tensor<2>,
    /// First column of the target in its fused matrix.
    first: usize,
}

/// All pairs of a block, or one tensor per factor: gradients and moments have the same structure.
#[derive(Debug, Clone)]
pub(crate) struct Pairs {
    rank: usize,
    alpha: f64,
    pairs: BTreeMap<LoraTarget, Pair>,
}

impl Pairs {
    /// Pairs that do not change the block yet. Every `A` has a stream of draws of its own.
    pub fn fresh(config: &Config, lora: &LoraConfig, layer: usize, seed: u64, device: &burn::tensor::Device) -> Self {
        Self::with(config, lora, |target, [inputs, outputs]| {
            let name = format!("layers.{layer}.{}", target.name());
            let bound = (inputs as f32).powf(-0.5);
            let a = init::uniform(inputs * lora.rank, bound, seed, &name);
            let b = vec![0.0; lora.rank * outputs];
            (
                host::tensor(a, [inputs, lora.rank], device),
                host::tensor(b, [lora.rank, outputs], device),
            )
        })
    }

    /// Pairs whose factors `make` gives for each target and its numbers of inputs and outputs.
    fn with(
        config: &Config,
        lora: &LoraConfig,
        mut make: impl FnMut(LoraTarget, [usize; 2]) -> (Tensor<2>, Tensor<2>),
    ) -> Self {
        let pair = |target: &LoraTarget| {
            let columns = target.columns(config);
            let (a, b) = make(*target, [target.inputs(config), columns.len()]);
            let first = columns.start;
            (*target, Pair { a, b, first })
        };
        Self {
            rank: lora.rank,
            alpha: lora.alpha,
            pairs: lora.targets.iter().map(pair).collect(),
        }
    }

    /// What they were made by.
    pub fn config(&self) -> LoraConfig {
        LoraConfig {
            rank: self.rank,
            alpha: self.alpha,
            targets: self.pairs.keys().copied().collect(),
        }
    }

    /// Each target with its pair.
    pub fn pairs_mut(&mut self) -> impl Iterator<Item = (LoraTarget, &mut Pair)> {
        self.pairs.iter_mut().map(|(target, pair)| (*target, pair))
    }

    /// Each target with its pair, in the same order.
    pub fn pairs(&self) -> impl Iterator<Item = (LoraTarget, &Pair)> {
        self.pairs.iter().map(|(target, pair)| (*target, pair))
    }

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
        for (target, sum) in sums.pairs_mut() {
            let Some(pair) = self.pairs.get(&target) else {
                continue;
            };
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
fn add_columns(y: Tensor<2>, first: usize, part: Tensor<2>, scale: f32, path: Path) -> Tensor<2> {
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
    use crate::ops::vjp::vjp;
    use crate::testing::{assert_close, config, random};

    /// Pairs on some targets of a small model, both factors random.
    fn pairs(config: &Config) -> Pairs {
        let lora = LoraConfig {
            rank: 3,
            alpha: 6.0,
            targets: vec![LoraTarget::VProj, LoraTarget::QProj, LoraTarget::DownProj],
        };
        Pairs::with(config, &lora, |target, [inputs, outputs]| {
            let seed = target as u64;
            (random([inputs, 3], seed), random([3, outputs], seed + 10))
        })
    }

    #[test]
    fn a_fresh_adapter_changes_nothing_and_is_bounded() {
        let (config, device) = (config(8), burn::tensor::Device::flex());
        let lora = LoraConfig {
            rank: 4,
            alpha: 8.0,
            targets: LoraTarget::ALL.to_vec(),
        };
        let pairs = Pairs::fresh(&config, &lora, 0, 1, &device);
        assert_eq!(pairs.config(), lora);
        let weight = random([config.hidden, config.qkv_width()], 1);
        let merged = pairs.merge(Projection::Qkv, weight.clone(), Path::Host);
        assert_eq!(host::values(&merged), host::values(&weight));
        for (_, pair) in pairs.pairs() {
            let bound = (pair.a.dims()[0] as f32).powf(-0.5);
            let values = host::values(&pair.a);
            assert!(values.iter().all(|value| value.abs() <= bound));
            assert!(values.iter().any(|value| value.abs() > bound * 0.8));
        }
    }

    #[test]
    fn adding_equals_multiplying_by_the_merged_matrix() {
        let config = config(8);
        let pairs = pairs(&config);
        for (projection, [inputs, outputs]) in [
            (Projection::Qkv, [config.hidden, config.qkv_width()]),
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
        let (x, dy) = (random([5, 16], 1), random([5, config.qkv_width()], 2));
        let zeros = |pair: &Pair| [pair.a.zeros_like(), pair.b.zeros_like()];
        let mut sums = pairs.clone();
        for (_, pair) in sums.pairs_mut() {
            [pair.a, pair.b] = zeros(pair);
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
