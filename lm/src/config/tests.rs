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
    assert!(config.qk_norm == QkNorms::Head && !config.qkv_bias && !config.out_bias);
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
    assert_eq!(all("olmo3", ""), [], "the context is shorter than the window");
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
