use std::path::Path;

use super::*;
use crate::ops::gate::Gate;

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
    assert!(config.qk_norm == QkNorms::Head && !config.qkv_bias && !config.out_bias);
    assert_eq!((config.head_dim, config.query_width()), (128, 256));
    let bias = format!(r#"{{"model_type": "qwen3", {SMALL}, "attention_bias": true}}"#);
    let config = load(&bias).unwrap();
    assert!(config.qkv_bias && config.out_bias);
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

/// What a Llama with these further keys comes to.
fn with(keys: &str) -> Result<Config, LmError> {
    load(&format!(r#"{{"model_type": "llama", {SMALL}, {keys}}}"#))
}

#[test]
fn every_spelling_of_a_rotation_is_the_same_rotation() {
    let spellings = [
        r#""rope_theta": 5e5, "rope_scaling": {"type": "linear", "factor": 4.0}"#,
        r#""rope_theta": 5e5, "rope_scaling": {"rope_type": "linear", "factor": 4}"#,
        r#""rope_theta": 5e5, "rope_scaling": {"type": "linear", "rope_type": "linear", "factor": 4.0}"#,
        r#""rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 500000}"#,
        r#""rope_theta": 5e5, "rope_scaling": null, "rope_parameters": {"type": "linear", "factor": 4.0}"#,
        r#""rope_parameters": {"full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 5e5}}"#,
        r#""rope_theta": 5e5, "rope_scaling": {"type": "linear", "factor": 4.0, "rope_theta": 5e5},
           "rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 5e5}"#,
    ];
    for keys in spellings {
        let config = with(keys).unwrap();
        let expected = (500000.0, RopeScaling::Linear { factor: 4.0 });
        assert_eq!((config.rope_theta, config.rope_scaling), expected, "{keys}");
    }
}

#[test]
fn spellings_that_differ_are_refused_since_others_would_read_another_model() {
    for keys in [
        r#""rope_theta": 1e4, "rope_parameters": {"rope_theta": 5e5}"#,
        r#""rope_scaling": {"type": "linear", "rope_type": "llama3", "factor": 4.0}"#,
        r#""rope_scaling": {"type": "linear", "factor": 4.0}, "rope_parameters": {"rope_type": "default"}"#,
    ] {
        let error = with(keys).unwrap_err();
        assert!(
            error.is_user_error() && error.to_string().contains("remove the wrong one"),
            "{error}"
        );
    }
}

#[test]
fn numbers_that_no_model_has_are_refused() {
    for keys in [
        r#""rope_theta": 0"#,
        r#""rope_theta": -1.0"#,
        r#""rope_theta": 1e300"#,
        r#""rope_scaling": [1]"#,
        r#""rope_scaling": {"type": "linear", "factor": 0}"#,
        r#""rope_scaling": {"type": "linear"}"#,
        r#""rope_scaling": {"type": 3}"#,
        r#""rms_norm_eps": -1"#,
        r#""rms_norm_eps": 1e300"#,
        r#""initializer_range": 1e300"#,
        r#""max_position_embeddings": 0"#,
        r#""max_position_embeddings": 1099511627776"#,
        r#""num_key_value_heads": 0"#,
        r#""head_dim": 0"#,
        r#""head_dim": 268435456"#,
        r#""head_dim": 1099511627776"#,
        r#""head_dim": -1"#,
        r#""head_dim": 1.5"#,
    ] {
        assert!(with(keys).unwrap_err().is_user_error(), "{keys}");
    }
    for key in [
        "vocab_size",
        "hidden_size",
        "intermediate_size",
        "num_hidden_layers",
        "num_attention_heads",
    ] {
        let mut file: Map<String, Value> = serde_json::from_str(&format!("{{{SMALL}}}")).unwrap();
        file.insert("model_type".to_owned(), "llama".into());
        for size in [0u64, 1 << 40, 1 << 61, 1 << 63] {
            file.insert(key.to_owned(), size.into());
            let error = load(&serde_json::to_string(&file).unwrap()).unwrap_err();
            assert!(error.is_user_error() && error.to_string().contains(key), "{error}");
        }
    }
    // Nothing is allocated for a context that is not used.
    assert_eq!(with(r#""max_position_embeddings": 16777216"#).unwrap().context, 1 << 24);
}

#[test]
fn a_window_that_no_layer_uses_does_not_matter() {
    let with = |keys: &str| load(&format!(r#"{{"model_type": "qwen2", {SMALL}, {keys}}}"#));
    for keys in [
        r#""use_sliding_window": false, "sliding_window": 16, "max_window_layers": 0"#,
        r#""use_sliding_window": true, "sliding_window": 16, "max_window_layers": 1"#,
        r#""use_sliding_window": true, "sliding_window": 16"#,
        r#""use_sliding_window": true, "sliding_window": 64, "max_window_layers": 0, "max_position_embeddings": 64"#,
        r#""layer_types": ["sliding_attention"], "sliding_window": 64, "max_position_embeddings": 64"#,
    ] {
        assert_eq!(with(keys).unwrap().kinds, [], "{keys}");
    }
    for keys in [
        r#""layer_types": ["sliding_attention"], "sliding_window": 63, "max_position_embeddings": 64"#,
        r#""layer_types": ["chunked_attention"]"#,
    ] {
        assert!(matches!(with(keys), Err(LmError::Unsupported { .. })), "{keys}");
    }
}

#[test]
fn quantised_and_wrapped_models_are_called_that() {
    for method in ["gptq", "awq", "bitsandbytes", "fp8", "compressed-tensors", "mxfp4"] {
        let file = format!(r#"{{"model_type": "other", "quantization_config": {{"quant_method": "{method}"}}}}"#);
        let error = load(&file).unwrap_err().to_string();
        assert!(error.contains(&format!("quantised model ({method})")), "{error}");
    }
    with(r#""quantization_config": null"#).unwrap();
    let error = load(r#"{"model_type": "gemma3", "text_config": {}}"#)
        .unwrap_err()
        .to_string();
    assert!(error.contains("`gemma3`, a text model wrapped with others"), "{error}");
}

#[test]
fn ids_below_zero_are_none() {
    let config = with(r#""eos_token_id": -1, "bos_token_id": -1"#).unwrap();
    assert_eq!((config.bos, config.eos), (None, vec![]));
    assert_eq!(with(r#""eos_token_id": [3, 4]"#).unwrap().eos, [3, 4]);
}

/// The saved file of a Llama with these keys.
fn saved(keys: &str) -> Map<String, Value> {
    with(keys).unwrap().saved()
}

#[test]
fn a_file_of_the_fourth_version_is_saved_as_it_is() {
    let keys = r#""architectures": ["LlamaForCausalLM"], "rope_theta": 5e5, "torch_dtype": "float32",
        "rope_scaling": {"type": "linear", "factor": 4.0}"#;
    let read: Map<String, Value> =
        serde_json::from_str(&format!(r#"{{"model_type": "llama", {SMALL}, {keys}}}"#)).unwrap();
    assert_eq!(
        serde_json::to_string(&saved(keys)).unwrap(),
        serde_json::to_string(&read).unwrap()
    );
}

#[test]
fn a_file_of_the_fifth_version_is_saved_in_the_words_of_both() {
    let file = saved(
        r#""dtype": "bfloat16", "rope_parameters": {"rope_theta": 5e5, "rope_type": "llama3", "factor": 8.0,
        "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}, "auto_map": {}"#,
    );
    assert_eq!(
        (&file["dtype"], &file["torch_dtype"]),
        (&"float32".into(), &"float32".into())
    );
    assert_eq!(file["architectures"], serde_json::json!(["LlamaForCausalLM"]));
    assert!(!file.contains_key("auto_map"));
    let mut fourth = file.clone();
    fourth.remove("rope_parameters");
    let read = |file: &Map<String, Value>| load(&serde_json::to_string(file).unwrap()).unwrap();
    let config = read(&fourth);
    assert_eq!(config.rope_theta, 5e5);
    assert!(matches!(
        config.rope_scaling,
        RopeScaling::Llama3 {
            factor: 8.0,
            original_context: 8192.0,
            ..
        }
    ));
    assert_eq!(read(&file).rope_scaling, config.rope_scaling);
}

#[test]
fn a_model_that_was_untied_is_saved_so() {
    let config = with(r#""tie_word_embeddings": true"#).unwrap();
    assert_eq!(config.saved()["tie_word_embeddings"], true);
    let config = Config { tied: false, ..config };
    assert_eq!(config.saved()["tie_word_embeddings"], false);
}

#[test]
fn what_is_not_computed_is_refused_by_name() {
    let error = load(r#"{"model_type": "mamba"}"#).unwrap_err().to_string();
    assert!(error.contains("mamba") && error.contains("qwen2"), "{error}");
    let error = load(&format!(
        r#"{{"model_type": "llama", {SMALL}, "rope_scaling": {{"type": "xpos", "factor": 2.0}}}}"#
    ));
    assert!(error.unwrap_err().to_string().contains("xpos"));
    assert!(load("{").unwrap_err().is_user_error());
}

/// What a file of a family with these further keys comes to.
fn of(family: &str, keys: &str) -> Result<Config, LmError> {
    let small = SMALL.replace("\"num_hidden_layers\": 1", "\"num_hidden_layers\": 8");
    load(&format!(
        r#"{{"model_type": "{family}", {small}, "num_key_value_heads": 2{keys}}}"#
    ))
}

/// By layer: the window, and `r` for the model's rotation, `l` for a local one, `n` for none.
fn kinds(config: &Config) -> Vec<(Option<usize>, char)> {
    let of = |kind: &LayerKind| match kind.rotation {
        Rotation::Model => (kind.window, 'r'),
        Rotation::Local => (kind.window, 'l'),
        Rotation::None => (kind.window, 'n'),
    };
    config.kinds.iter().map(of).collect()
}

#[test]
fn layers_have_the_windows_and_rotations_of_their_family() {
    let all = |family, keys| kinds(&of(family, keys).unwrap());
    assert_eq!(all("mistral", ""), [(Some(4096), 'r'); 8]);
    assert_eq!(all("mistral", r#", "sliding_window": null"#), []);
    assert_eq!(
        all("mistral", r#", "max_position_embeddings": 4096"#),
        [],
        "no sequence fills it"
    );
    assert_eq!(all("llama", r#", "sliding_window": 16"#), []);
    assert_eq!(all("qwen2", r#", "sliding_window": 16"#), []);
    let from_fifth = all(
        "qwen2",
        r#", "use_sliding_window": true, "sliding_window": 16, "max_window_layers": 5"#,
    );
    assert_eq!(
        from_fifth,
        [[(None, 'r'); 5].as_slice(), &[(Some(16), 'r'); 3]].concat()
    );
    let every_fourth = |[others, fourth]: [(Option<usize>, char); 2]| [others, others, others, fourth].repeat(2);
    assert_eq!(all("smollm3", ""), every_fourth([(None, 'r'), (None, 'n')]));
    // The context is shorter than the window, but rotations still differ.
    assert_eq!(all("olmo3", ""), every_fourth([(None, 'l'), (None, 'r')]));
    let olmo3 = all("olmo3", r#", "sliding_window": 7"#);
    assert_eq!(olmo3, every_fourth([(Some(7), 'l'), (None, 'r')]));
    let gemma3 = all("gemma3_text", r#", "sliding_window": 512, "sliding_window_pattern": 4"#);
    assert_eq!(gemma3, every_fourth([(Some(512), 'l'), (None, 'r')]));
    let types = r#", "sliding_window": 9, "layer_types": ["full_attention", "sliding_attention", "full_attention",
        "full_attention", "full_attention", "full_attention", "full_attention", "full_attention"]"#;
    assert_eq!(
        all("gemma3_text", types)[..3],
        [(None, 'r'), (Some(9), 'l'), (None, 'r')]
    );
    let sixth = all("gemma3_text", "");
    assert_eq!(sixth.iter().filter(|kind| kind.1 == 'l').count(), 7);
}

#[test]
fn gemma_differs_in_norms_scales_and_the_base_of_its_windows() {
    let config = of(
        "gemma3_text",
        r#", "rope_local_base_freq": 500.0, "query_pre_attn_scalar": 64"#,
    )
    .unwrap();
    assert!(config.tied && config.unit_offset && config.norms == Norms::Around && config.gate == Gate::Gelu);
    assert_eq!(
        (config.head_dim, config.rope_theta, config.local_theta),
        (256, 1e6, 500.0)
    );
    assert_eq!(
        (config.embed_scale, config.score_scale),
        (Some(8f32.sqrt()), Some(0.125))
    );
}

#[test]
fn longrope_is_computed_up_to_the_original_context() {
    let keys = |short: &str| {
        format!(
            r#", "max_position_embeddings": 131072, "original_max_position_embeddings": 4096, "rope_scaling":
            {{"type": "longrope", "short_factor": {short}, "long_factor": [2, 3]}}"#
        )
    };
    let config = of("phi3", &keys("[1.0, 1.1]")).unwrap();
    assert_eq!(config.context, 4096);
    let expected = (1.0 + 32f64.ln() / 4096f64.ln()).sqrt();
    assert!(
        matches!(&config.rope_scaling, RopeScaling::Long { attention, .. } if (attention - expected).abs() < 1e-12)
    );
    assert!(
        of("phi3", &keys("[1.0]"))
            .unwrap_err()
            .to_string()
            .contains("short_factor")
    );
    let half = format!(r#"{}, "partial_rotary_factor": 0.5"#, keys("[1.0]"));
    assert_eq!(of("phi3", &half).unwrap().rotated, Some(2));
}

#[test]
fn what_no_family_computes_is_refused_by_its_key() {
    for (family, keys, named) in [
        (
            "gemma3_text",
            r#", "final_logit_softcapping": 30.0"#,
            "final_logit_softcapping",
        ),
        (
            "gemma3_text",
            r#", "use_bidirectional_attention": true"#,
            "use_bidirectional_attention",
        ),
        (
            "gemma3_text",
            r#", "layer_types": ["full_attention"]"#,
            "layer_types has 1",
        ),
        ("gemma3_text", r#", "sliding_window": 0"#, "sliding_window 0"),
        (
            "qwen3",
            r#", "layer_types": ["chunked_attention"]"#,
            "chunked_attention",
        ),
        ("smollm3", r#", "no_rope_layers": [1]"#, "no_rope_layers has 1"),
        ("llama", r#", "partial_rotary_factor": 0.5"#, "partial_rotary_factor"),
        ("llama", r#", "hidden_act": "relu""#, "hidden_act"),
    ] {
        let error = of(family, keys).unwrap_err();
        assert!(error.is_user_error() && error.to_string().contains(named), "{error}");
    }
}
