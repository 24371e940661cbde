//! Random initial weights: every parameter has a stream of its own, keyed by its name, so that the draw of one does not
//! depend on the others.

use burn::tensor::Tensor;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::config::Config;
use crate::model::{Block, QkNorm, Weights};
use crate::ops::host;

/// Uniform draws within 0 and 1: 53 bits, shifted by half a step so that neither end is drawn.
fn draws(seed: u64, name: &str) -> impl FnMut() -> f64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.update(name.as_bytes());
    let mut rng = ChaCha8Rng::from_seed(*hasher.finalize().as_bytes());
    move || ((rng.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
}

/// `n` values uniform within `-bound` and `bound`.
pub(crate) fn uniform(n: usize, bound: f32, seed: u64, name: &str) -> Vec<f32> {
    let mut draw = draws(seed, name);
    (0..n).map(|_| (2.0 * draw() - 1.0) as f32 * bound).collect()
}

/// `n` normal values with mean 0, by Box and Muller's transform of uniform draws.
pub(crate) fn normal(n: usize, deviation: f32, seed: u64, name: &str) -> Vec<f32> {
    let mut uniform = draws(seed, name);
    let mut values = Vec::with_capacity(n + 1);
    while values.len() < n {
        let (radius, angle) = ((-2.0 * uniform().ln()).sqrt(), std::f64::consts::TAU * uniform());
        values.push((radius * angle.cos()) as f32 * deviation);
        values.push((radius * angle.sin()) as f32 * deviation);
    }
    values.truncate(n);
    values
}

/// Weights to train from scratch: embeddings normal with `initializer_range`, other matrices normal with
/// `1 / sqrt(inputs)`, those that write to the residual stream divided by `sqrt(2 * layers)` besides (as in GPT-2,
/// Radford et al. 2019, section 2.3), norms 1, biases 0.
pub(crate) fn random(config: &Config, seed: u64, device: &burn::tensor::Device) -> Weights {
    let draw = |name: &str, rows: usize, columns: usize, deviation: f32| -> Tensor<2> {
        host::tensor(normal(rows * columns, deviation, seed, name), [rows, columns], device)
    };
    let matrix = |name: &str, rows: usize, columns: usize| draw(name, rows, columns, (rows as f32).powf(-0.5));
    let residual = |name: &str, rows: usize, columns: usize| {
        draw(name, rows, columns, ((2 * config.layers * rows) as f32).powf(-0.5))
    };
    let ones = |n: usize| host::tensor(vec![1.0; n], [1, n], device);
    let zeros = |n: usize| host::tensor(vec![0.0; n], [1, n], device);
    let (hidden, f) = (config.hidden, config.intermediate);
    let block = |layer: usize| Block {
        norm1: ones(hidden),
        qkv: matrix(&format!("layers.{layer}.qkv"), hidden, config.qkv_width()),
        qkv_bias: config.qkv_bias.then(|| zeros(config.qkv_width())),
        qk_norm: config.qk_norm.then(|| QkNorm {
            q: ones(config.head_dim),
            k: ones(config.head_dim),
        }),
        lora: None,
        out: residual(&format!("layers.{layer}.out"), config.query_width(), hidden),
        out_bias: config.out_bias.then(|| zeros(hidden)),
        norm2: ones(hidden),
        gate_up: matrix(&format!("layers.{layer}.gate_up"), hidden, 2 * f),
        down: residual(&format!("layers.{layer}.down"), f, hidden),
    };
    Weights {
        embed: draw("embed", config.vocab, hidden, config.initializer_range),
        blocks: (0..config.layers).map(block).collect(),
        norm: ones(hidden),
        head: (!config.tied).then(|| matrix("head", hidden, config.vocab)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_right_moments_and_depend_on_seed_and_name() {
        let values = normal(100_000, 2.0, 7, "a");
        let mean = values.iter().sum::<f32>() / 1e5;
        let variance = values.iter().map(|x| x * x).sum::<f32>() / 1e5;
        assert!(mean.abs() < 0.03 && (variance - 4.0).abs() < 0.08);
        assert_eq!(values[..3], normal(3, 2.0, 7, "a"));
        assert_ne!(values[..3], normal(3, 2.0, 8, "a"));
        assert_ne!(values[..3], normal(3, 2.0, 7, "b"));
    }
}
