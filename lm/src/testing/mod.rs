//! Shared by the unit tests: random tensors, comparisons, tiny models.

#[cfg(feature = "wgpu")]
pub(crate) mod launches;

use std::sync::Arc;

use burn::tensor::Tensor;

use crate::Device;
use crate::config::{Config, Family, Norms, QkNorms, RopeScaling};
use crate::model::{arch, init};
use crate::ops::gate::Gate;
use crate::ops::host;
use crate::ops::rope::Rope;

/// Every kind of device that this build and this machine have.
pub(crate) fn devices() -> impl Iterator<Item = Device> {
    let names = if cfg!(feature = "wgpu") {
        &["flex", "plain", "wgpu"][..]
    } else {
        &["flex", "plain"]
    };
    names.iter().map(|name| Device::parse(name).unwrap())
}

/// Standard normal values from a seed, on the CPU.
pub(crate) fn random(shape: [usize; 2], seed: u64) -> Tensor<2> {
    let values = init::normal(shape[0] * shape[1], 1.0, seed, "test");
    host::tensor(values, shape, &burn::tensor::Device::flex())
}

/// Asserts equality within `tolerance`, relative to 1 or the expected magnitude.
pub(crate) fn assert_close(got: &Tensor<2>, expected: &Tensor<2>, tolerance: f32) {
    assert_eq!(got.dims(), expected.dims());
    for (i, (got, expected)) in host::values(got).iter().zip(host::values(expected)).enumerate() {
        let error = (got - expected).abs() / expected.abs().max(1.0);
        assert!(error <= tolerance, "element {i}: {got}, expected {expected}");
    }
}

/// A configuration of a small model.
pub(crate) fn config(vocab: usize) -> Config {
    Config {
        vocab,
        hidden: 16,
        intermediate: 24,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        head_dim: 4,
        epsilon: 1e-5,
        context: 256,
        tied: false,
        qkv_bias: true,
        out_bias: false,
        qk_norm: QkNorms::None,
        norms: Norms::Before,
        unit_offset: false,
        gate: Gate::Silu,
        embed_scale: None,
        score_scale: None,
        rotated: None,
        kinds: Vec::new(),
        local_theta: 10000.0,
        fused: false,
        rope_theta: 10000.0,
        rope_scaling: RopeScaling::None,
        initializer_range: 0.3,
        bos: None,
        eos: vec![1],
        family: Family::Llama,
        raw: serde_json::Map::new(),
    }
}

/// A model's one rotation table.
pub(crate) fn ropes(head_dim: usize, context: usize) -> Arc<[Rope]> {
    arch::ropes(&Config {
        head_dim,
        context,
        ..config(8)
    })
}

/// A model folder without weights: configuration and a word-level tokenizer of 20 words.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    /// Where it is.
    pub(crate) fn path(&self) -> &std::path::Path {
        self.0.path()
    }
}

impl Folder {
    /// The folder with another value in its model's configuration.
    pub(crate) fn with(self, key: &str, value: impl Into<serde_json::Value>) -> Self {
        let path = self.path().join("config.json");
        let config = std::fs::read_to_string(&path).unwrap();
        let mut config: serde_json::Value = serde_json::from_str(&config).unwrap();
        config[key] = value.into();
        std::fs::write(&path, config.to_string()).unwrap();
        self
    }
}

/// A folder of the given family.
pub(crate) fn folder(family: &str, tied: bool) -> Folder {
    let folder = tempfile::tempdir().unwrap();
    let config = serde_json::json!({
        "model_type": family, "vocab_size": 20, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
        "tie_word_embeddings": tied, "initializer_range": 0.3, "bos_token_id": 0, "eos_token_id": 1,
        "torch_dtype": "bfloat16",
    });
    let word = |id: u32| match id {
        0 => "<s>".to_owned(),
        1 => "</s>".to_owned(),
        _ => format!("w{id}"),
    };
    let vocabulary: serde_json::Map<_, _> = (0..20).map(|id| (word(id), id.into())).collect();
    let special = |id: u32| {
        serde_json::json!({"id": id, "content": word(id), "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true})
    };
    let tokenizer = serde_json::json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [special(0), special(1)],
        "normalizer": null, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "w2"},
    });
    let template = "{{ bos_token }}{% for m in messages %}{{ m.content }} {% endfor %}";
    let tokenizer_config =
        serde_json::json!({"bos_token": "<s>", "eos_token": {"content": "</s>"}, "chat_template": template});
    for (name, json) in [
        ("config.json", config),
        ("tokenizer.json", tokenizer),
        ("tokenizer_config.json", tokenizer_config),
    ] {
        std::fs::write(folder.path().join(name), json.to_string()).unwrap();
    }
    Folder(folder)
}
