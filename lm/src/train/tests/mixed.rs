//! Training in mixed precision.

use super::*;
use crate::Dtype;
use crate::model::Projection;
use crate::ops::host;

fn devices(dtype: Dtype) -> [Device; 2] {
    [Device::flex(), Device::plain()].map(|device| device.with_precision(dtype))
}

/// All gradients of one pass, one after another.
fn flat_gradients(folder: &Folder, device: &Device) -> Vec<f64> {
    let texts = texts();
    let groups = texts.groups();
    let batches = cut(&groups, STEP.micro_batch_tokens, device.path());
    let (_, gradients) = gradients(&policy(folder, device), &batches);
    let values = gradients.iter().flat_map(host::values);
    values.map(f64::from).collect()
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn gradients_point_where_those_of_f32_do() {
    for family in ["llama", "qwen2", "qwen3"] {
        let folder = folder(family, family != "qwen2");
        let exact = flat_gradients(&folder, &Device::flex());
        let [host, plain] = devices(Dtype::Bf16).map(|device| flat_gradients(&folder, &device));
        for mixed in [&host, &plain] {
            let cosine = cosine(mixed, &exact);
            assert!(cosine > 0.999 && mixed != &exact, "{family}: {cosine}");
        }
        assert!(cosine(&host, &plain) > 0.999);
    }
}

#[test]
fn steps_too_small_for_a_bf16_weight_add_up_in_the_f32_one() {
    // Above 0.5 values of bf16 are 2^-8 apart: a step of 2^-12 is rounded away, 24 of them are not.
    let (lr, steps, least) = (1.0 / 4096.0, 24, 0.5);
    for device in devices(Dtype::Bf16) {
        let folder = folder("llama", true);
        let mut trainer = Trainer::new(policy(&folder, &device), ADAMW);
        let masters = |trainer: &Trainer| -> Vec<f32> {
            let blocks = &trainer.policy.model.weights.blocks;
            let all = blocks.iter().flat_map(|block| Projection::ALL.map(|p| block.weight(p)));
            all.flat_map(host::values).collect()
        };
        let round = |x: f32| half::bf16::from_f32(x).to_f32();
        let start = masters(&trainer);
        // Weights kept in bf16 that take the same steps.
        let mut kept: Vec<f32> = start.iter().copied().map(round).collect();
        let mut before = start.clone();
        for _ in 0..steps {
            let config = StepConfig { lr, ..STEP };
            step_with(&mut trainer, &config);
            let after = masters(&trainer);
            for (kept, (after, before)) in kept.iter_mut().zip(after.iter().zip(&before)) {
                *kept = round(*kept + (after - before));
            }
            before = after;
        }
        let large: Vec<usize> = (0..start.len()).filter(|i| start[*i].abs() > least).collect();
        let moved = |now: &[f32]| {
            let moved = large.iter().filter(|i| round(now[**i]) != round(start[**i]));
            moved.count()
        };
        assert!(large.len() > 50);
        assert_eq!(moved(&kept), 0, "a bf16 weight would not have moved");
        assert!(moved(&before) > large.len() / 2);
    }
}

#[test]
fn training_lowers_the_loss_as_in_f32() {
    let folder = folder("qwen3", true);
    let losses = |device: &Device| -> [f64; 2] {
        let mut trainer = Trainer::new(policy(&folder, device), ADAMW);
        let mut step = || step_with(&mut trainer, &STEP);
        let losses: Vec<f64> = (0..40).map(|_| step().loss).collect();
        [losses[0], losses[39]]
    };
    let exact = losses(&Device::flex());
    assert!(exact[1] < 0.8 * exact[0], "{exact:?}");
    for device in devices(Dtype::Bf16) {
        let mixed = losses(&device);
        assert!(mixed[1] < 0.8 * mixed[0], "{mixed:?}");
        assert!((mixed[0] / exact[0] - 1.0).abs() < 0.01);
        assert!((mixed[1] - exact[1]).abs() < 0.1 * exact[0]);
    }
}

#[test]
fn gradient_checkpointing_changes_no_bit_of_mixed_precision() {
    for device in devices(Dtype::Bf16) {
        let folder = folder("qwen3", true);
        let [kept, again] = [false, true].map(|gradient_checkpointing| {
            let mut trainer = Trainer::new(policy(&folder, &device), ADAMW);
            let config = StepConfig {
                gradient_checkpointing,
                ..STEP
            };
            for _ in 0..2 {
                step_with(&mut trainer, &config);
            }
            bits(&trainer.policy.model.weights)
        });
        assert_eq!(kept, again);
    }
}

#[test]
fn weights_and_moments_are_saved_in_f32_and_resumed_bit_for_bit() {
    for device in devices(Dtype::Bf16) {
        let folder = folder("llama", true);
        let mut trainer = Trainer::new(policy(&folder, &device), ADAMW);
        let step = |trainer: &mut Trainer| {
            step_with(trainer, &STEP);
        };
        step(&mut trainer);
        let saved = tempfile::tempdir().unwrap();
        trainer.save(saved.path()).unwrap();
        let mut again = Trainer::resume(saved.path(), &device).unwrap();
        assert_eq!(bits(&again.policy.model.weights), bits(&trainer.policy.model.weights));
        [&mut trainer, &mut again].into_iter().for_each(step);
        assert_eq!(bits(&again.policy.model.weights), bits(&trainer.policy.model.weights));
    }
}
