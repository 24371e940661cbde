//! The keys of `config.json` that matter, and what they come to.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::family::Family;
use super::rope::{RawRope, RopeScaling};
use super::{Config, Ids, unsupported};
use crate::LmError;

#[derive(Deserialize)]
pub(super) struct Raw {
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

impl Raw {
    pub fn check_supported(&self, path: &Path) -> Result<(), LmError> {
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
    pub fn resolve(self, path: &Path, family: Family, raw: Map<String, Value>) -> Result<Config, LmError> {
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
            head_dim: self
                .head_dim
                .unwrap_or_else(|| family.head_dim(self.hidden_size, self.num_attention_heads)),
            epsilon: self.rms_norm_eps.unwrap_or(1e-6),
            context: self.max_position_embeddings.unwrap_or_else(|| family.context()),
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
