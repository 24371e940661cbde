//! `config.json` of a Hugging Face folder: the shape of a model of the Llama, Qwen2 or Qwen3 family.
//!
//! Knows no weights. A setting that would change the computation and is not supported is refused by name.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::LmError;

const FAMILIES: &str =
    "model_type `llama` (Llama 2, 3, 3.x, SmolLM2), `qwen2` (Qwen2, Qwen2.5) and `qwen3` (Qwen3, dense)";

/// Differences between the families beyond the numbers in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Llama,
    Qwen2,
    Qwen3,
}

/// The numbers that define the model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Config {
    pub vocab: usize,
    pub hidden: usize,
    pub intermediate: usize,
    pub layers: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
    pub epsilon: f32,
    pub context: usize,
    /// The output head is the embedding matrix.
    pub tied: bool,
    pub qkv_bias: bool,
    pub out_bias: bool,
    /// Query and key heads are normalised before rotation.
    pub qk_norm: bool,
    pub rope_theta: f64,
    pub rope_scaling: RopeScaling,
    pub initializer_range: f32,
    pub bos: Option<u32>,
    pub eos: Vec<u32>,
    /// The file as it was read, for saving.
    pub raw: Map<String, Value>,
}

/// How RoPE's frequencies are stretched for long contexts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum RopeScaling {
    None,
    /// All frequencies divided by the factor.
    Linear {
        factor: f64,
    },
    /// Llama 3.1: low frequencies divided by the factor, high ones kept, smooth between.
    Llama3 {
        factor: f64,
        low: f64,
        high: f64,
        original_context: f64,
    },
}

/// One id or a list of ids, as `eos_token_id` has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Ids {
    One(u32),
    Many(Vec<u32>),
}

impl Ids {
    pub fn into_vec(self) -> Vec<u32> {
        match self {
            Self::One(id) => vec![id],
            Self::Many(ids) => ids,
        }
    }
}

#[derive(Deserialize)]
struct Raw {
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    rms_norm_eps: Option<f32>,
    max_position_embeddings: Option<usize>,
    tie_word_embeddings: Option<bool>,
    attention_bias: Option<bool>,
    mlp_bias: Option<bool>,
    hidden_act: Option<String>,
    partial_rotary_factor: Option<f64>,
    use_sliding_window: Option<bool>,
    layer_types: Option<Vec<String>>,
    rope_theta: Option<f64>,
    rope_scaling: Option<RawRope>,
    rope_parameters: Option<RawRope>,
    initializer_range: Option<f32>,
    bos_token_id: Option<u32>,
    eos_token_id: Option<Ids>,
}

#[derive(Deserialize)]
struct RawRope {
    #[serde(alias = "type")]
    rope_type: Option<String>,
    rope_theta: Option<f64>,
    factor: Option<f64>,
    low_freq_factor: Option<f64>,
    high_freq_factor: Option<f64>,
    original_max_position_embeddings: Option<f64>,
}

impl Config {
    /// Reads and checks a `config.json`.
    pub fn load(path: &Path) -> Result<Self, LmError> {
        let text = std::fs::read_to_string(path).map_err(LmError::io("read", path))?;
        let json = |source| LmError::Json {
            path: path.to_path_buf(),
            source,
        };
        let map: Map<String, Value> = serde_json::from_str(&text).map_err(json)?;
        let family = map.get("model_type").and_then(Value::as_str);
        let family = match family {
            Some("llama") => Family::Llama,
            Some("qwen2") => Family::Qwen2,
            Some("qwen3") => Family::Qwen3,
            other => {
                let other = other.unwrap_or("(none)");
                return Err(unsupported(path, format!("model_type `{other}`"), FAMILIES));
            }
        };
        let raw: Raw = serde_json::from_str(&text).map_err(json)?;
        raw.check_supported(path)?;
        let config = raw.resolve(path, family, map)?;
        config.check_shape(path)?;
        Ok(config)
    }

    /// Width of all query heads.
    pub fn query_width(&self) -> usize {
        self.heads * self.head_dim
    }

    /// Width of all key heads, and of all value heads.
    pub fn kv_width(&self) -> usize {
        self.kv_heads * self.head_dim
    }

    fn check_shape(&self, path: &Path) -> Result<(), LmError> {
        let problem = if self.heads == 0 || self.kv_heads == 0 || self.layers == 0 || self.vocab == 0 {
            "layers, heads, key-value heads and vocabulary must be at least 1".to_owned()
        } else if !self.heads.is_multiple_of(self.kv_heads) {
            format!(
                "num_attention_heads {} is not a multiple of num_key_value_heads {}",
                self.heads, self.kv_heads
            )
        } else if self.head_dim == 0 || !self.head_dim.is_multiple_of(2) {
            format!("head_dim {} must be even and not 0", self.head_dim)
        } else {
            return Ok(());
        };
        Err(LmError::Config {
            path: path.to_path_buf(),
            message: problem,
        })
    }
}

impl Raw {
    fn check_supported(&self, path: &Path) -> Result<(), LmError> {
        let activation = self.hidden_act.as_deref().unwrap_or("silu");
        if activation != "silu" {
            return Err(unsupported(path, format!("hidden_act `{activation}`"), "`silu`"));
        }
        if self.mlp_bias == Some(true) {
            return Err(unsupported(path, "mlp_bias true".to_owned(), "mlp_bias false"));
        }
        if self.use_sliding_window == Some(true) {
            return Err(unsupported(
                path,
                "use_sliding_window true".to_owned(),
                "full attention",
            ));
        }
        let full = |kind: &&String| *kind != "full_attention";
        if let Some(kind) = self.layer_types.iter().flatten().find(full) {
            let what = format!("`{kind}` in layer_types");
            return Err(unsupported(path, what, "`full_attention`"));
        }
        match self.partial_rotary_factor {
            Some(factor) if factor != 1.0 => Err(unsupported(path, format!("partial_rotary_factor {factor}"), "1.0")),
            _ => Ok(()),
        }
    }

    /// Fills in what the file leaves out with the defaults of `transformers` for the family.
    fn resolve(self, path: &Path, family: Family, raw: Map<String, Value>) -> Result<Config, LmError> {
        let qwen2 = family == Family::Qwen2;
        let attention_bias = self.attention_bias.unwrap_or(false);
        let rope = self.rope_parameters.or(self.rope_scaling);
        let theta = rope.as_ref().and_then(|rope| rope.rope_theta).or(self.rope_theta);
        Ok(Config {
            vocab: self.vocab_size,
            hidden: self.hidden_size,
            intermediate: self.intermediate_size,
            layers: self.num_hidden_layers,
            heads: self.num_attention_heads,
            kv_heads: self.num_key_value_heads.unwrap_or(self.num_attention_heads),
            head_dim: self.head_dim.unwrap_or(match family {
                Family::Qwen3 => 128,
                _ => self.hidden_size / self.num_attention_heads.max(1),
            }),
            epsilon: self.rms_norm_eps.unwrap_or(1e-6),
            context: self.max_position_embeddings.unwrap_or(match family {
                Family::Llama => 2048,
                Family::Qwen2 | Family::Qwen3 => 32768,
            }),
            tied: self.tie_word_embeddings.unwrap_or(false),
            qkv_bias: qwen2 || attention_bias,
            out_bias: !qwen2 && attention_bias,
            qk_norm: family == Family::Qwen3,
            rope_theta: theta.unwrap_or(10000.0),
            rope_scaling: rope.map_or(Ok(RopeScaling::None), |rope| rope.scaling(path))?,
            initializer_range: self.initializer_range.unwrap_or(0.02),
            bos: self.bos_token_id,
            eos: self.eos_token_id.map(Ids::into_vec).unwrap_or_default(),
            raw,
        })
    }
}

impl RawRope {
    fn scaling(&self, path: &Path) -> Result<RopeScaling, LmError> {
        let need = |value: Option<f64>, key: &str| {
            value.filter(|value| *value > 0.0).ok_or_else(|| LmError::Config {
                path: path.to_path_buf(),
                message: format!("rope scaling needs a positive `{key}`"),
            })
        };
        match self.rope_type.as_deref().unwrap_or("default") {
            "default" => Ok(RopeScaling::None),
            "linear" => Ok(RopeScaling::Linear {
                factor: need(self.factor, "factor")?,
            }),
            "llama3" => Ok(RopeScaling::Llama3 {
                factor: need(self.factor, "factor")?,
                low: need(self.low_freq_factor, "low_freq_factor")?,
                high: need(self.high_freq_factor, "high_freq_factor")?,
                original_context: need(
                    self.original_max_position_embeddings,
                    "original_max_position_embeddings",
                )?,
            }),
            other => Err(unsupported(
                path,
                format!("rope type `{other}`"),
                "`default`, `linear`, `llama3`",
            )),
        }
    }
}

fn unsupported(path: &Path, what: String, supported: &'static str) -> LmError {
    LmError::Unsupported {
        path: path.to_path_buf(),
        what,
        supported,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(json: &str) -> Result<Config, LmError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        std::fs::write(&path, json).unwrap();
        Config::load(&path)
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
}
