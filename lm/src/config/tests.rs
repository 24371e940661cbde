use std::path::Path;

use super::*;

fn load(json: &str) -> Result<Config, LmError> {
    Config::parse(Path::new("config.json"), json.as_bytes())
}

const SMALL: &str = r#""vocab_size": 10, "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1,
    "num_attention_heads": 2"#;

#[test]
fn defaults_are_those_of_transformers() {
    let config = load(&format!(r#"{{"model_type": "llama", {SMALL}}}"#)).unwrap();
    assert_eq!((config.kv_heads, config.head_dim, config.context), (2, 4, 2048));
    assert_eq!(
        (config.rope_theta, config.tied, config.qkv_bias),
        (10000.0, false, false)
    );
}

#[test]
fn qwen2_has_biases_on_query_key_value_only() {
    let config = load(&format!(r#"{{"model_type": "qwen2", {SMALL}}}"#)).unwrap();
    assert!(config.qkv_bias && !config.out_bias);
}

#[test]
fn qwen3_normalises_heads_whose_width_is_its_own() {
    let config = load(&format!(r#"{{"model_type": "qwen3", {SMALL}}}"#)).unwrap();
    assert!(config.qk_norm && !config.qkv_bias && !config.out_bias);
    assert_eq!((config.head_dim, config.query_width()), (128, 256));
    let bias = format!(r#"{{"model_type": "qwen3", {SMALL}, "attention_bias": true}}"#);
    let config = load(&bias).unwrap();
    assert!(config.qkv_bias && config.out_bias);
}

#[test]
fn layers_that_do_not_see_everything_are_refused() {
    let with = |kind: &str| {
        load(&format!(
            r#"{{"model_type": "qwen3", {SMALL}, "layer_types": ["full_attention", "{kind}"]}}"#
        ))
    };
    assert!(with("full_attention").is_ok());
    let error = with("sliding_attention").unwrap_err().to_string();
    assert!(error.contains("`sliding_attention` in layer_types"), "{error}");
}

#[test]
fn rope_parameters_of_newer_transformers_are_read() {
    let config = load(&format!(
        r#"{{"model_type": "llama", {SMALL}, "rope_parameters": {{"rope_theta": 500000.0, "rope_type": "llama3",
        "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192}}}}"#
    ))
    .unwrap();
    assert_eq!(config.rope_theta, 500000.0);
    assert!(matches!(config.rope_scaling, RopeScaling::Llama3 { factor: 8.0, .. }));
}

#[test]
fn what_is_not_computed_is_refused_by_name() {
    let error = load(r#"{"model_type": "mamba"}"#).unwrap_err().to_string();
    assert!(error.contains("mamba") && error.contains("qwen2"), "{error}");
    let error = load(&format!(
        r#"{{"model_type": "llama", {SMALL}, "rope_scaling": {{"type": "yarn", "factor": 2.0}}}}"#
    ));
    assert!(error.unwrap_err().to_string().contains("yarn"));
    assert!(load("{").unwrap_err().is_user_error());
}
