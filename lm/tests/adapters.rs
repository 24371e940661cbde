//! Adapters that PEFT saved, merged here: what the merged policy computes equals what PEFT computes with the adapter.
//!
//! `fixtures/adapters.py` makes the adapters.

use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize_to_file};
use serde_json::{Value, json};
use serl_lm::{Device, LmError, Policy, logits, stacked_adapters};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn base(adapter: &Path, device: &Device) -> Policy {
    let config = read(&adapter.join("adapter_config.json"));
    Policy::load(&fixture(config["base_model_name_or_path"].as_str().unwrap()), device).unwrap()
}

/// Largest difference of the last positions' logits to those of PEFT.
fn difference(policy: &Policy, folder: &Path) -> f64 {
    let reference = read(&folder.join("reference.json"));
    let mut largest = 0.0f64;
    for case in reference["cases"].as_array().unwrap() {
        let prompt: Vec<u32> = serde_json::from_value(case["prompt"].clone()).unwrap();
        let expected: Vec<f64> = serde_json::from_value(case["logits"].clone()).unwrap();
        let all = logits(policy, &[prompt]).unwrap().remove(0);
        assert_eq!(policy.vocab_size(), expected.len());
        let last = &all[all.len() - expected.len()..];
        for (got, expected) in last.iter().zip(expected) {
            largest = largest.max((f64::from(*got) - expected).abs());
        }
    }
    largest
}

const ADAPTERS: [&str; 8] = [
    "patterns",
    "layers",
    "dora",
    "saved",
    "embedding",
    "tokens",
    "biases",
    "extended",
];

#[test]
fn every_kind_of_adapter_adds_what_it_adds_in_peft() {
    for name in ADAPTERS {
        let folder = fixture("adapters").join(name);
        for device in [Device::flex(), Device::plain()] {
            let base = base(&folder, &device);
            let merged = base.with_adapter(&folder).unwrap();
            let error = difference(&merged, &folder);
            println!("{name}: largest difference {error:e}");
            assert!(error < 1e-4, "{name}: {error}");
            // And so does the folder that is saved.
            let saved = tempfile::tempdir().unwrap();
            merged.save(saved.path()).unwrap();
            let again = Policy::load(saved.path(), &device).unwrap();
            assert_eq!(difference(&again, &folder), error, "{name}");
        }
    }
}

#[test]
fn a_head_that_is_trained_apart_is_no_longer_tied() {
    for (name, tied) in [("saved", false), ("embedding", false), ("tokens", true)] {
        let folder = fixture("adapters").join(name);
        let base = base(&folder, &Device::flex());
        let saved = tempfile::tempdir().unwrap();
        base.with_adapter(&folder).unwrap().save(saved.path()).unwrap();
        assert_eq!(
            read(&saved.path().join("config.json"))["tie_word_embeddings"],
            tied,
            "{name}"
        );
        let bytes = std::fs::read(saved.path().join("model.safetensors")).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        assert_eq!(tensors.tensor("lm_head.weight").is_ok(), !tied, "{name}");
    }
}

/// A copy of an adapter: its configuration changed by `config`, its tensors, by name, by `tensors`.
fn changed(
    name: &str,
    config: impl FnOnce(&mut Value),
    tensors: impl FnOnce(&mut Vec<(String, Vec<usize>, Vec<f32>)>),
) -> tempfile::TempDir {
    let (from, to) = (fixture("adapters").join(name), tempfile::tempdir().unwrap());
    let mut value = read(&from.join("adapter_config.json"));
    config(&mut value);
    std::fs::write(to.path().join("adapter_config.json"), value.to_string()).unwrap();
    let bytes = std::fs::read(from.join("adapter_model.safetensors")).unwrap();
    let all = SafeTensors::deserialize(&bytes).unwrap();
    let floats = |bytes: &[u8]| {
        let chunks = bytes.chunks_exact(4);
        chunks.map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    };
    let mut all: Vec<_> = all
        .iter()
        .map(|(name, view)| (name.to_owned(), view.shape().to_vec(), floats(view.data())))
        .collect();
    tensors(&mut all);
    let all: Vec<_> = all
        .into_iter()
        .map(|(name, shape, values)| {
            let bytes: Vec<u8> = values.into_iter().flat_map(f32::to_le_bytes).collect();
            (name, shape, bytes)
        })
        .collect();
    let views = all
        .iter()
        .map(|(name, shape, bytes)| (name, TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
    serialize_to_file(views, None, &to.path().join("adapter_model.safetensors")).unwrap();
    to
}

fn merge(folder: &Path) -> Result<Policy, LmError> {
    base(folder, &Device::flex()).with_adapter(folder)
}

#[test]
fn the_names_of_tensors_may_have_what_peft_once_wrote() {
    let expected = difference(&merge(&fixture("adapters/dora")).unwrap(), &fixture("adapters/dora"));
    let renamings: [fn(&str) -> String; 4] = [
        |name| {
            name.replace("lora_A.", "lora_A.default.")
                .replace("lora_B.", "lora_B.default.")
        },
        |name| name.trim_start_matches("base_model.model.").to_owned(),
        |name| name.replace("model.model.layers", "model.model.language_model.layers"),
        |name| name.replace("lora_magnitude_vector", "lora_magnitude_vector.default.weight"),
    ];
    for rename in renamings {
        let folder = changed(
            "dora",
            |_| {},
            |tensors| {
                tensors.iter_mut().for_each(|(name, ..)| *name = rename(name));
            },
        );
        let error = difference(&merge(folder.path()).unwrap(), &fixture("adapters/dora"));
        assert_eq!(error, expected);
    }
}

fn refused(folder: &Path) -> String {
    let error = merge(folder).unwrap_err();
    assert!(error.is_user_error());
    error.to_string()
}

#[test]
fn what_cannot_be_merged_is_named() {
    let q = "base_model.model.model.layers.1.self_attn.q_proj";
    let extra = |name: &str| {
        let name = name.to_owned();
        changed("layers", |_| {}, |tensors| tensors.push((name, vec![1], vec![0.0])))
    };
    for (name, why) in [
        ("base_model.model.score.weight", "no target module of a layer"),
        (
            "base_model.model.model.layers.9.self_attn.q_proj.lora_A.weight",
            "no target module of a layer",
        ),
        (
            "base_model.model.model.layers.0.self_attn.k_proj.lora_A.weight",
            "no target module of adapter_config",
        ),
        (
            "base_model.model.model.layers.1.mlp.up_proj.lora_B.bias",
            "has none in the model",
        ),
        (
            "base_model.model.model.layers.1.mlp.up_proj.lora_magnitude_vector",
            "use_dora is not true",
        ),
        (
            "base_model.model.model.layers.1.mlp.up_proj.lora_new.weight",
            "no part of a LoRA adapter",
        ),
        (
            "base_model.model.model.layers.1.mlp.up_proj.lora_A.other.weight",
            "for the same matrix",
        ),
    ] {
        let error = refused(extra(name).path());
        assert!(error.contains(name) && error.contains(why), "{error}");
    }
    let half = changed(
        "layers",
        |_| {},
        |tensors| tensors.retain(|(name, ..)| !name.contains("lora_B")),
    );
    let error = refused(half.path());
    assert!(
        error.contains("model.layers.1.self_attn.q_proj.lora_B.weight"),
        "{error}"
    );
    let unsaved = changed(
        "saved",
        |_| {},
        |tensors| tensors.retain(|(name, ..)| !name.contains("lm_head")),
    );
    let error = refused(unsaved.path());
    assert!(error.contains("modules_to_save names `lm_head`"), "{error}");
    let headless = changed(
        "extended",
        |config| config["modules_to_save"] = json!(["embed_tokens"]),
        |tensors| {
            tensors.retain(|(name, ..)| !name.contains("lm_head"));
        },
    );
    let error = refused(headless.path());
    assert!(
        error.contains("embedding of 52 tokens") && error.contains("lm_head.weight"),
        "{error}"
    );
    let set = |name: &str, key: &str, value: Value| changed(name, |config| config[key] = value, |_| {});
    for (key, value, named) in [
        ("r", json!(1u64 << 40), q),
        ("r", json!(1u64 << 62), q),
        ("r", json!(0), "rank 0"),
        ("r", json!(-1), "-1"),
        ("lora_alpha", json!(1e308), "1e308"),
        ("rank_pattern", json!({"q_proj": "two"}), "rank_pattern"),
        ("rank_pattern", json!({"((": 2}), "rank_pattern"),
        ("target_modules", json!("(("), "target_modules"),
        (
            "target_modules",
            json!(["q_proj", "up_proj", "down_proj"]),
            "down_proj.lora_A",
        ),
        (
            "layers_to_transform",
            json!([0, 1]),
            "model.layers.0.self_attn.q_proj.lora_A",
        ),
        ("use_dora", json!(true), "use_dora"),
    ] {
        let error = refused(set("layers", key, value).path());
        assert!(error.contains(named), "{key}: {error}");
    }
    let error = refused(set("tokens", "trainable_token_indices", json!([3, 7, 48])).path());
    assert!(error.contains("trainable_token_indices has 48"), "{error}");
}

#[test]
fn values_that_are_not_finite_are_refused_by_name() {
    let set = |value: f32, alpha: f64| {
        changed(
            "layers",
            |config| config["lora_alpha"] = json!(alpha),
            |tensors| {
                for (_, _, values) in tensors.iter_mut().filter(|(name, ..)| name.contains("up_proj")) {
                    values.fill(value);
                }
            },
        )
    };
    for value in [f32::NAN, f32::INFINITY] {
        let error = refused(set(value, 8.0).path());
        assert!(
            error.contains("up_proj.lora_A.weight") && error.contains("not finite"),
            "{error}"
        );
    }
    // The factors are finite, their product is not.
    let error = refused(set(1e15, 1e20).path());
    assert!(
        error.contains("up_proj.lora_B.weight") && error.contains("lora_alpha"),
        "{error}"
    );
}

/// An adapter of `rank` for two matrices of each block of a Llama fixture, with numbers that differ by `salt`.
fn own_adapter(folder: &Path, rank: usize, alpha: f64, salt: usize) {
    let config = json!({
        "peft_type": "LORA", "r": rank, "lora_alpha": alpha, "target_modules": ["q_proj", "down_proj"], "bias": "none",
    });
    std::fs::write(folder.join("adapter_config.json"), config.to_string()).unwrap();
    let model = read(&fixture("llama").join("config.json"));
    let size = |key: &str| model[key].as_u64().unwrap() as usize;
    let hidden = size("hidden_size");
    let width = model["head_dim"]
        .as_u64()
        .map_or(hidden, |head| head as usize * size("num_attention_heads"));
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for layer in 0..size("num_hidden_layers") {
        for (module, inner, outer) in [
            ("self_attn.q_proj", hidden, width),
            ("mlp.down_proj", size("intermediate_size"), hidden),
        ] {
            for (factor, shape) in [("A", [rank, inner]), ("B", [outer, rank])] {
                let name = format!("base_model.model.model.layers.{layer}.{module}.lora_{factor}.weight");
                let value = |i: usize| 0.1 * (((i * 7919 + salt * 31 + layer) % 101) as f32 / 101.0 - 0.5);
                let bytes = (0..shape[0] * shape[1]).flat_map(|i| value(i).to_le_bytes());
                tensors.push((name, shape.to_vec(), bytes.collect()));
            }
        }
    }
    let views = tensors
        .iter()
        .map(|(name, shape, bytes)| (name, TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
    serialize_to_file(views, None, &folder.join("adapter_model.safetensors")).unwrap();
}

#[test]
fn adapters_that_were_merged_one_after_the_other_are_one_adapter() {
    let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
    own_adapter(folders[0].path(), 2, 4.0, 1);
    own_adapter(folders[1].path(), 3, 1.5, 2);
    let rank = stacked_adapters(&[folders[0].path(), folders[1].path()], folders[2].path()).unwrap();
    assert_eq!(rank, 5);

    let base = Policy::load(&fixture("llama"), &Device::flex()).unwrap();
    let merged = |base: &Policy, folder: &Path| base.with_adapter(folder).unwrap();
    let in_turn = merged(&merged(&base, folders[0].path()), folders[1].path());
    let at_once = merged(&base, folders[2].path());
    let of = |policy: &Policy| logits(policy, &[vec![1, 2, 3, 4]]).unwrap().remove(0);
    let largest = |a: &Policy, b: &Policy| {
        let (a, b) = (of(a), of(b));
        a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    };
    assert!(largest(&in_turn, &at_once) < 1e-5, "{}", largest(&in_turn, &at_once));
    assert!(largest(&base, &at_once) > 1e-3, "the adapters change nothing");
}

#[test]
fn adapters_of_other_targets_are_not_one_adapter() {
    let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
    own_adapter(folders[0].path(), 2, 4.0, 1);
    std::fs::copy(
        folders[0].path().join("adapter_config.json"),
        folders[1].path().join("adapter_config.json"),
    )
    .unwrap();
    let empty: Vec<(String, TensorView<'_>)> = Vec::new();
    serialize_to_file(empty, None, &folders[1].path().join("adapter_model.safetensors")).unwrap();
    let error = stacked_adapters(&[folders[0].path(), folders[1].path()], folders[2].path()).unwrap_err();
    assert!(error.to_string().contains("its targets are not those of"), "{error}");
}
