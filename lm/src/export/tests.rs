//! Exported folders, read by the safetensors library and by this crate.

use std::path::Path;

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

use super::*;
use crate::folder::{INDEX, WEIGHTS};
use crate::ops::host;
use crate::testing::folder;
use crate::{Device, Policy};

/// A saved policy with random weights.
fn saved() -> tempfile::TempDir {
    let (folder, saved) = (folder("llama", false), tempfile::tempdir().unwrap());
    let policy = Policy::random(folder.path(), &Device::flex(), 1).unwrap();
    policy.save(saved.path()).unwrap();
    saved
}

/// The folder, exported.
fn exported(from: &Path, dtype: SaveDtype, shard_bytes: u64) -> (tempfile::TempDir, Exported) {
    let out = tempfile::tempdir().unwrap();
    let exported = export(from, out.path(), dtype, shard_bytes).unwrap();
    (out, exported)
}

fn weights(dir: &Path) -> Vec<f32> {
    let policy = Policy::load(dir, &Device::flex()).unwrap();
    policy.model.weights.iter().flat_map(host::values).collect()
}

fn json(dir: &Path, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(dir.join(name)).unwrap()).unwrap()
}

#[test]
fn weights_are_those_of_the_policy_or_the_nearest_that_the_format_has() {
    let from = saved();
    let trained = weights(from.path());
    let nearest = |dtype: SaveDtype, value: f32| match dtype {
        SaveDtype::F32 => value,
        SaveDtype::F16 => f16::from_f32(value).to_f32(),
        SaveDtype::Bf16 => bf16::from_f32(value).to_f32(),
    };
    for dtype in SaveDtype::ALL {
        let (out, _) = exported(from.path(), dtype, u64::MAX);
        let expected: Vec<f32> = trained.iter().map(|value| nearest(dtype, *value)).collect();
        assert_eq!(weights(out.path()), expected, "{dtype}");
    }
}

#[test]
fn small_files_hold_the_same_tensors_as_one_large_one() {
    let from = saved();
    let (whole, one) = exported(from.path(), SaveDtype::Bf16, u64::MAX);
    let (parts, many) = exported(from.path(), SaveDtype::Bf16, 2_000);
    assert_eq!(one.parameters, many.parameters);
    let is_weights = |name: &&String| name.ends_with(".safetensors");
    assert_eq!(one.files.iter().filter(is_weights).count(), 1);
    assert!(many.files.iter().filter(is_weights).count() > 2);
    assert_eq!(weights(parts.path()), weights(whole.path()));

    let map = json(parts.path(), INDEX)["weight_map"].clone();
    for name in many.files.iter().filter(is_weights) {
        let bytes = std::fs::read(parts.path().join(name)).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        assert!(tensors.names().iter().all(|tensor| map[tensor] == **name));
        assert!(tensors.tensors().iter().all(|(_, view)| view.dtype() == Dtype::BF16));
    }
}

#[test]
fn the_configuration_names_the_format_for_every_reader() {
    let from = saved();
    let (out, _) = exported(from.path(), SaveDtype::Bf16, u64::MAX);
    assert_eq!(json(out.path(), CONFIG)["torch_dtype"], "bfloat16");
    let path = from.path().join(CONFIG);
    let mut fifth = json(from.path(), CONFIG);
    fifth["dtype"] = "float32".into();
    std::fs::write(path, fifth.to_string()).unwrap();
    let (out, _) = exported(from.path(), SaveDtype::F16, u64::MAX);
    let config = json(out.path(), CONFIG);
    assert_eq!(
        (&config["dtype"], &config["torch_dtype"]),
        (&"float16".into(), &"float16".into())
    );
}

#[test]
fn other_programs_end_responses_where_this_one_does() {
    let from = saved();
    let ends = |dir: &Path| {
        Policy::load(dir, &Device::flex())
            .unwrap()
            .tokenizer()
            .eos_ids()
            .to_vec()
    };
    let told = |value: &Value| match value {
        Value::Array(ids) => ids.iter().filter_map(Value::as_u64).collect(),
        id => id.as_u64().into_iter().collect::<Vec<_>>(),
    };
    let expected: Vec<u64> = ends(from.path()).into_iter().map(u64::from).collect();
    assert!(!expected.is_empty());
    std::fs::write(from.path().join(GENERATION), r#"{"temperature": 0.5}"#).unwrap();
    let (out, _) = exported(from.path(), SaveDtype::Bf16, u64::MAX);
    let generation = json(out.path(), GENERATION);
    assert_eq!(told(&generation["eos_token_id"]), expected);
    assert_eq!(generation["temperature"], 0.5);
}

#[test]
fn tokenizers_of_the_fifth_version_are_told_in_the_words_of_the_fourth() {
    let from = saved();
    let path = from.path().join(TOKENIZER_CONFIG);
    let mut config = json(from.path(), TOKENIZER_CONFIG);
    config["tokenizer_class"] = "TokenizersBackend".into();
    std::fs::write(&path, config.to_string()).unwrap();
    let (out, _) = exported(from.path(), SaveDtype::Bf16, u64::MAX);
    let told = json(out.path(), TOKENIZER_CONFIG);
    assert_eq!(told["tokenizer_class"], "PreTrainedTokenizerFast");
    assert_eq!(
        told["model_input_names"],
        serde_json::json!(["input_ids", "attention_mask"])
    );
    config["tokenizer_class"] = "LlamaTokenizerFast".into();
    config["model_input_names"] = serde_json::json!(["input_ids"]);
    std::fs::write(&path, config.to_string()).unwrap();
    let (out, _) = exported(from.path(), SaveDtype::Bf16, u64::MAX);
    assert_eq!(json(out.path(), TOKENIZER_CONFIG), config);
}

#[test]
fn a_weight_that_the_format_lacks_is_told_and_damage_is_found() {
    let from = saved();
    let path = from.path().join(WEIGHTS);
    let mut bytes = std::fs::read(&path).unwrap();
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&1e6f32.to_le_bytes());
    std::fs::write(&path, &bytes).unwrap();
    let out = tempfile::tempdir().unwrap();
    let error = export(from.path(), out.path(), SaveDtype::F16, u64::MAX).unwrap_err();
    assert!(error.is_user_error());
    let told = error.to_string();
    assert!(told.contains("f16") && told.contains("bf16 or f32"), "{told}");

    let digest = |name: &str| {
        (
            name.to_owned(),
            *blake3::hash(&std::fs::read(from.path().join(name)).unwrap()).as_bytes(),
        )
    };
    let digests: Vec<_> = crate::model_files(from.path())
        .unwrap()
        .iter()
        .map(|name| digest(name))
        .collect();
    bytes[end - 1] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let folder = Folder::with_digests(from.path(), digests);
    let error = export(folder, out.path(), SaveDtype::F32, u64::MAX).unwrap_err();
    assert!(matches!(error, LmError::Changed { .. }), "{error}");
}
