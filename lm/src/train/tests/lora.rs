//! Training of low-rank adapters.

use super::*;
use crate::engine::{Logits, Prompt, Room};
use crate::{Dtype, LoraConfig, LoraTarget, logits};

fn lora(targets: &[LoraTarget]) -> LoraConfig {
    LoraConfig {
        rank: 2,
        alpha: 6.0,
        targets: targets.to_vec(),
    }
}

fn trainer(folder: &Folder, device: &Device, targets: &[LoraTarget]) -> Trainer {
    Trainer::with_lora(policy(folder, device), &lora(targets), 5, ADAMW).unwrap()
}

fn step(trainer: &mut Trainer) -> StepReport {
    step_with(trainer, &STEP)
}

fn steps(trainer: &mut Trainer, n: usize) {
    for _ in 0..n {
        step(trainer);
    }
}

#[test]
fn the_gradient_of_the_factors_equals_finite_differences() {
    let folder = folder("qwen3", true);
    let mut trainer = trainer(&folder, &Device::flex(), &LoraTarget::ALL);
    // The first step makes every B other than zero.
    step(&mut trainer);
    gradient_equals_finite_differences(&trainer.policy);
}

#[test]
fn the_base_stays_and_the_merged_policy_is_the_adapted_one() {
    let folder = folder("qwen2", false);
    for device in devices() {
        let base = policy(&folder, &device);
        let before = bits(&base.model.weights);
        let mut trainer = trainer(&folder, &device, &LoraTarget::ALL);
        let losses: Vec<f64> = (0..40).map(|_| step(&mut trainer).loss).collect();
        assert!(losses[39] < losses[0] * 0.7, "{losses:?}");
        let mut frozen = trainer.policy.model.weights.clone();
        frozen.blocks.iter_mut().for_each(|block| block.lora = None);
        assert_eq!(bits(&frozen), before);
        let tokens = vec![vec![3, 4, 5, 6, 7]];
        let [adapted, merged, base] = [&trainer.policy, &trainer.policy(), &base].map(|policy| {
            let logits = logits(policy, &tokens).unwrap().remove(0);
            crate::ops::host::tensor::<2>(logits, [5, 20], &burn::tensor::Device::flex())
        });
        crate::testing::assert_close(&merged, &adapted, 1e-4);
        let moved = (adapted - base).abs().max();
        assert!(crate::ops::host::values(&moved)[0] > 0.1);
    }
}

#[test]
fn the_first_step_starts_from_the_loss_of_the_base() {
    let folder = folder("llama", true);
    let full = step(&mut Trainer::new(policy(&folder, &Device::flex()), ADAMW));
    let adapted = step(&mut trainer(&folder, &Device::flex(), &LoraTarget::ALL));
    assert_eq!(adapted.loss, full.loss);
    assert_eq!(adapted.entropy, full.entropy);
}

#[test]
fn all_devices_take_the_same_steps() {
    let targets = [LoraTarget::QProj, LoraTarget::VProj, LoraTarget::UpProj];
    let folder = folder("llama", true);
    let steps = |device| {
        let mut trainer = trainer(&folder, &device, &targets);
        let norms: Vec<f64> = (0..3).map(|_| step(&mut trainer).grad_norm).collect();
        (trainer.policy.model.weights, norms)
    };
    let plain = steps(Device::plain());
    for device in devices().filter(|device| *device != Device::plain()) {
        let got = steps(device);
        for (got, plain) in got.1.iter().zip(&plain.1) {
            assert!((got - plain).abs() < 1e-3 * plain, "{got} {plain}");
        }
        for (got, plain) in got.0.trained().zip(plain.0.trained()) {
            crate::testing::assert_close(got, plain, 2e-3);
        }
    }
}

#[test]
fn gradients_and_moments_are_kept_for_the_adapter_alone() {
    let folder = folder("llama", false);
    let mut trainer = trainer(&folder, &Device::flex(), &[LoraTarget::VProj]);
    step(&mut trainer);
    let elements = |weights: &Weights| -> usize {
        weights
            .trained()
            .map(|tensor| tensor.dims().iter().product::<usize>())
            .sum()
    };
    // Two layers, A [16, 2] and B [2, 8].
    assert_eq!(elements(&trainer.mean), 2 * (32 + 16));
    let params = trainer.policy.model.params();
    for (tensor, param) in trainer.square.iter().zip(params.iter()) {
        assert!(!param.frozen || !param.decays() || tensor.dims() == [0, 0], "{param:?}");
    }
}

#[test]
fn resuming_goes_on_bit_for_bit() {
    let folder = folder("qwen3", true);
    let targets = [LoraTarget::OProj, LoraTarget::KProj, LoraTarget::DownProj];
    let device = Device::flex();
    let mut whole = trainer(&folder, &device, &targets);
    steps(&mut whole, 4);
    let mut first = trainer(&folder, &device, &targets);
    steps(&mut first, 2);
    let saved = tempfile::tempdir().unwrap();
    first.save(saved.path()).unwrap();
    assert!(!saved.path().join("model.safetensors").exists());
    let mut second = Trainer::resume_lora(policy(&folder, &device), saved.path()).unwrap();
    assert_eq!(second.steps(), 2);
    steps(&mut second, 2);
    assert_eq!(
        bits(&second.into_policy().model.weights),
        bits(&whole.into_policy().model.weights)
    );
}

#[test]
fn the_base_is_neither_copied_to_train_nor_to_merge() {
    let folder = folder("llama", true);
    let saved = tempfile::tempdir().unwrap();
    trainer(&folder, &Device::flex(), &LoraTarget::ALL)
        .save(saved.path())
        .unwrap();
    let base = policy(&folder, &Device::flex());
    let packed = Arc::downgrade(&base.packed());
    let before = address(&base.model.weights.blocks[1].down);
    let mut trainer = Trainer::resume_lora(base, saved.path()).unwrap();
    assert!(packed.upgrade().is_none(), "the packed copy outlives sampling");
    step(&mut trainer);
    assert_eq!(address(&trainer.policy.model.weights.blocks[1].down), before);
    assert_eq!(address(&trainer.into_policy().model.weights.blocks[1].down), before);
}

#[test]
fn what_makes_no_adapter_is_refused() {
    let folder = folder("llama", true);
    let refused = |lora: LoraConfig| {
        let policy = policy(&folder, &Device::flex());
        Trainer::with_lora(policy, &lora, 1, ADAMW).unwrap_err().to_string()
    };
    assert!(refused(lora(&[])).contains("targets"));
    assert!(refused(lora(&[LoraTarget::QProj, LoraTarget::QProj])).contains("once"));
    let rank = LoraConfig {
        rank: 0,
        ..lora(&[LoraTarget::QProj])
    };
    assert!(refused(rank).contains("rank 0"));
}

/// An adapter's folder with `key` of its configuration set to `value`.
fn adapter_with(folder: &Folder, key: &str, value: serde_json::Value) -> tempfile::TempDir {
    let saved = tempfile::tempdir().unwrap();
    let trainer = trainer(folder, &Device::flex(), &[LoraTarget::QProj]);
    trainer.save_adapter(saved.path()).unwrap();
    let path = saved.path().join("adapter_config.json");
    let mut config: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    config[key] = value;
    std::fs::write(&path, config.to_string()).unwrap();
    saved
}

#[test]
fn adapters_that_are_computed_otherwise_are_refused_by_name() {
    let folder = folder("llama", true);
    let base = policy(&folder, &Device::flex());
    for (key, value, named) in [
        ("use_dora", true.into(), "use_dora true"),
        ("peft_type", "IA3".into(), "IA3"),
        ("init_lora_weights", "pissa".into(), "init_lora_weights"),
        ("alora_invocation_tokens", serde_json::json!([1]), "alora"),
        ("modules_to_save", serde_json::json!(["lm_head"]), "modules_to_save"),
        ("rank_pattern", serde_json::json!({"q_proj": 4}), "lora_A.weight"),
        ("target_modules", serde_json::json!(["q_proj", "lm_head"]), "lm_head"),
        ("r", 3.into(), "lora_A.weight"),
        ("target_modules", serde_json::json!(["k_proj"]), "q_proj.lora_A.weight"),
    ] {
        let saved = adapter_with(&folder, key, value);
        let error = base.with_adapter(saved.path()).unwrap_err();
        assert!(error.is_user_error());
        assert!(error.to_string().contains(named), "{error}");
    }
    let error = base.with_adapter(folder.path()).unwrap_err().to_string();
    assert!(error.contains("no adapter_config.json"), "{error}");
}

#[test]
fn a_tensor_that_no_target_uses_is_named() {
    let folder = folder("llama", true);
    let saved = tempfile::tempdir().unwrap();
    let both = [LoraTarget::QProj, LoraTarget::VProj];
    let trainer = trainer(&folder, &Device::flex(), &both);
    trainer.save_adapter(saved.path()).unwrap();
    let path = saved.path().join("adapter_config.json");
    let config = std::fs::read_to_string(&path).unwrap();
    let mut config: serde_json::Value = serde_json::from_str(&config).unwrap();
    config["target_modules"] = serde_json::json!(["q_proj"]);
    std::fs::write(&path, config.to_string()).unwrap();
    let base = policy(&folder, &Device::flex());
    let error = base.with_adapter(saved.path()).unwrap_err().to_string();
    assert!(error.contains("v_proj.lora_A.weight` belongs to no target"), "{error}");
}

#[test]
fn rank_stabilised_adapters_count_by_the_root_of_the_rank() {
    let folder = folder("llama", true);
    let base = policy(&folder, &Device::flex());
    let mut trainer = trainer(&folder, &Device::flex(), &[LoraTarget::QProj]);
    step(&mut trainer);
    let saved = tempfile::tempdir().unwrap();
    trainer.save_adapter(saved.path()).unwrap();
    let path = saved.path().join("adapter_config.json");
    let set = |alpha: f64, stabilised: bool| {
        let config = std::fs::read_to_string(&path).unwrap();
        let mut config: serde_json::Value = serde_json::from_str(&config).unwrap();
        config["lora_alpha"] = alpha.into();
        config["use_rslora"] = stabilised.into();
        std::fs::write(&path, config.to_string()).unwrap();
        base.with_adapter(saved.path()).unwrap().model.weights.blocks[0]
            .qkv
            .clone()
    };
    let plain = set(6.0, false);
    crate::testing::assert_close(&set(6.0 / 2f64.sqrt(), true), &plain, 1e-6);
}

#[test]
fn copies_of_weights_go_when_these_change_and_only_then() {
    let device = Device::plain().with_precision(Dtype::Bf16);
    let folder = folder("llama", true);
    let whole = Trainer::new(policy(&folder, &device), ADAMW);
    let adapted = trainer(&folder, &device, &LoraTarget::ALL);
    for (mut trainer, stay) in [(whole, false), (adapted, true)] {
        let rounded = |trainer: &Trainer| trainer.policy.model.rounded().unwrap();
        let before = rounded(&trainer);
        step(&mut trainer);
        assert_eq!(Arc::ptr_eq(&before, &rounded(&trainer)), stay);
    }
}

/// Logits of a prompt on the policy's engine, which reads copies of the weights.
fn prefilled(policy: &Policy) -> Vec<f32> {
    let room = Room {
        prompts: 1,
        slots: 1,
        new_tokens: 1,
    };
    let (place, tokens) = (0, &[3, 4, 5, 6][..]);
    let mut logits = Logits::default();
    policy.engine(room).prefill(&[Prompt { place, tokens }], &mut logits);
    logits.values().into_owned()
}

#[test]
fn copies_of_the_base_are_not_taken_for_those_of_the_merged_policy() {
    let folder = folder("llama", true);
    for device in [Device::flex(), Device::plain().with_precision(Dtype::Bf16)] {
        let mut trainer = trainer(&folder, &device, &LoraTarget::ALL);
        steps(&mut trainer, 3);
        let saved = tempfile::tempdir().unwrap();
        trainer.save_adapter(saved.path()).unwrap();
        let base = policy(&folder, &device);
        let before = prefilled(&base);
        let merged = base.with_adapter(saved.path()).unwrap();
        let never_used = policy(&folder, &device);
        let expected = prefilled(&never_used.with_adapter(saved.path()).unwrap());
        assert_ne!(before, expected);
        assert_eq!(prefilled(&merged), expected);
        assert_eq!(prefilled(&trainer.policy()), expected);
        assert_eq!(prefilled(&base), before);
    }
}
