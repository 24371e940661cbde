//! The gradient of one step against that of `torch`, tensor by tensor, on both devices.
//!
//! `fixtures/make.py` makes the models and the gradients.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use serde_json::Value;
use serl_lm::{AdamWConfig, Device, Group, Objective, Policy, StepConfig, Tally, TokenObjective, Trainer};

/// The mean negative log-probability of one response.
struct Likelihood;

impl Objective for Likelihood {
    fn unit(&self, response: usize) -> usize {
        response
    }

    fn evaluate(&self, unit: &[(usize, &[f32])], _: &mut Tally) -> Vec<TokenObjective> {
        let of = |(_, logprobs): &(usize, &[f32])| {
            let n = logprobs.len() as f64;
            TokenObjective {
                loss: -logprobs.iter().map(|x| f64::from(*x)).sum::<f64>() / n,
                gradient: vec![(-1.0 / n) as f32; logprobs.len()],
            }
        };
        unit.iter().map(of).collect()
    }
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Tensors of a file in f32.
fn tensors(path: &Path) -> BTreeMap<String, Vec<f32>> {
    let bytes = std::fs::read(path).unwrap();
    let all = SafeTensors::deserialize(&bytes).unwrap();
    let values = |bytes: &[u8]| {
        let values = bytes.chunks_exact(4);
        values.map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    };
    all.iter()
        .map(|(name, tensor)| (name.to_owned(), values(tensor.data())))
        .collect()
}

/// The gradient of each tensor: what a step of `-gradient` changes, AdamW having an epsilon beside which the second
/// moment is nothing.
fn gradients(folder: &Path, device: &Device, checkpointing: bool) -> (f64, BTreeMap<String, Vec<f32>>) {
    const EPSILON: f64 = 1e6;
    let text: Value = serde_json::from_slice(&std::fs::read(folder.join("gradient.json")).unwrap()).unwrap();
    let [prompt, response] =
        ["prompt", "response"].map(|key| serde_json::from_value::<Vec<u32>>(text[key].clone()).unwrap());
    let adamw = AdamWConfig {
        beta1: 0.9,
        beta2: 0.9,
        epsilon: EPSILON,
        weight_decay: 0.0,
    };
    let config = StepConfig {
        lr: EPSILON,
        max_grad_norm: f64::INFINITY,
        micro_batch_tokens: 1000,
        gradient_checkpointing: checkpointing,
        data_parallel: 1,
    };
    let before = Policy::load(folder, device).unwrap();
    let [old, new] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    before.save(old.path()).unwrap();
    let mut trainer = Trainer::new(before, adamw);
    let group = Group {
        prompt: &prompt,
        responses: vec![&response],
    };
    let report = trainer.step(&[group], &Likelihood, &config).unwrap();
    trainer.into_policy().save(new.path()).unwrap();
    let expected = text["loss"].as_f64().unwrap();
    assert!(
        (report.loss - expected).abs() < 1e-5,
        "{}, expected {expected}",
        report.loss
    );
    let [old, new] = [old, new].map(|folder| tensors(&folder.path().join("model.safetensors")));
    let changed = old.into_iter().map(|(name, old)| {
        let change = old.iter().zip(&new[&name]).map(|(old, new)| old - new).collect();
        (name, change)
    });
    (report.grad_norm, changed.collect())
}

#[test]
fn gradients_equal_those_of_torch() {
    for name in [
        "mistral",
        "qwen2-window",
        "qwen3-yarn",
        "smollm3",
        "phi3",
        "olmo2",
        "olmo3",
        "gemma3",
    ] {
        let folder = fixture(name);
        let expected = tensors(&folder.join("gradient.safetensors"));
        let squares = expected.values().flatten().map(|x| f64::from(*x).powi(2));
        let norm = squares.sum::<f64>().sqrt();
        for (device, checkpointing) in [
            (Device::flex(), false),
            (Device::flex(), true),
            (Device::plain(), false),
        ] {
            let (grad_norm, got) = gradients(&folder, &device, checkpointing);
            assert!(
                (grad_norm / norm - 1.0).abs() < 1e-4,
                "{name}: {grad_norm}, expected {norm}"
            );
            assert_eq!(got.len(), expected.len(), "{name}");
            let mut largest = 0.0f32;
            for (tensor, expected) in &expected {
                let got = &got[tensor];
                assert_eq!(got.len(), expected.len(), "{name}: {tensor}");
                for (got, expected) in got.iter().zip(expected) {
                    largest = largest.max((got - expected).abs());
                }
            }
            println!("{name}: largest difference {largest:e} of a gradient of length {norm:.3}");
            assert!(f64::from(largest) < 2e-5 * norm.max(1.0), "{name}: {largest:e}");
        }
    }
}
