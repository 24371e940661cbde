//! Initial weights: every parameter that is drawn has a separate stream, named by its label, so that no draw depends on
//! another.

use burn::tensor::{Device, Tensor};
use serl_random::Stream;

use super::params::{Init, Param, params};
use super::weights::Weights;
use crate::config::Config;
use crate::ops::host;

/// Weights to train from scratch, a function of the configuration and `seed`.
pub(crate) fn random(config: &Config, seed: u64, device: &Device) -> Weights {
    params(config, None).map(|param| draw(param, seed, device))
}

/// The initial values of a parameter.
pub(crate) fn draw(param: &Param, seed: u64, device: &Device) -> Tensor<2> {
    let [rows, columns] = param.shape();
    let n = rows * columns;
    let values = match &param.init {
        Init::Zeros => vec![0.0; n],
        Init::Ones => vec![1.0; n],
        Init::Normal(deviation) => normal(n, *deviation, seed, &param.label),
        Init::Uniform { bound, stream } => uniform(n, *bound, seed, stream),
    };
    host::tensor(values, [rows, columns], device)
}

/// `n` values uniform within `-bound` and `bound`.
fn uniform(n: usize, bound: f32, seed: u64, name: &str) -> Vec<f32> {
    let mut stream = Stream::named(seed, name);
    let draws = std::iter::repeat_with(|| (2.0 * stream.uniform_open() - 1.0) as f32 * bound);
    draws.take(n).collect()
}

/// `n` normal values with mean 0.
pub(crate) fn normal(n: usize, deviation: f32, seed: u64, name: &str) -> Vec<f32> {
    let normals = Stream::named(seed, name).normals();
    normals.take(n).map(|x| x as f32 * deviation).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::projection::{LoraConfig, LoraTarget};
    use crate::testing::config;

    #[test]
    fn every_parameter_begins_as_its_description_says() {
        let config = config(300);
        let device = Device::flex();
        let weights = random(&config, 1, &device);
        let deviation = |tensor: &Tensor<2>| {
            let values = host::values(tensor);
            (values.iter().map(|x| x * x).sum::<f32>() / values.len() as f32).sqrt()
        };
        let close = |got: f32, expected: f32| assert!((got / expected - 1.0).abs() < 0.1, "{got}, expected {expected}");
        close(deviation(&weights.embed), 0.3);
        let block = &weights.blocks[0];
        close(deviation(&block.qkv), 0.25);
        // Two layers of two writers each: sqrt(16 * 4) and sqrt(24 * 4).
        close(deviation(&block.out), 1.0 / 8.0);
        close(deviation(&block.down), 1.0 / 96f32.sqrt());
        let same = |tensor: &Tensor<2>, value: f32| assert!(host::values(tensor).iter().all(|x| *x == value));
        same(block.norm1.as_ref().unwrap(), 1.0);
        same(block.qkv_bias.as_ref().unwrap(), 0.0);
        assert_ne!(host::values(&block.qkv), host::values(&weights.blocks[1].qkv));
    }

    #[test]
    fn pairs_begin_bounded_and_without_effect() {
        let lora = LoraConfig {
            rank: 4,
            alpha: 8.0,
            targets: LoraTarget::ALL.to_vec(),
        };
        let params = params(&config(8), Some(&lora));
        for (_, pair) in params.blocks[0].lora.as_ref().unwrap().pairs() {
            let [a, b] = [&pair.a, &pair.b].map(|factor| draw(factor, 1, &Device::flex()));
            let bound = (a.dims()[0] as f32).powf(-0.5);
            let values = host::values(&a);
            assert!(values.iter().all(|value| value.abs() <= bound));
            assert!(values.iter().any(|value| value.abs() > bound * 0.8));
            assert!(host::values(&b).iter().all(|value| *value == 0.0));
        }
    }
}
