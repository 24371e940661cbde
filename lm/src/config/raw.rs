//! The keys of `config.json` that matter, and what they come to.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::family::Family;
use super::rope::Rope;
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
    initializer_range: Option<f32>,
    bos_token_id: Option<Ids>,
    eos_token_id: Option<Ids>,
}

impl Raw {
    /// Refuses settings that would change the computation.
    pub fn check_supported(&self, path: &Path) -> Result<(), LmError> {
        let activation = self.hidden_act.as_deref().unwrap_or("silu");
        if activation != "silu" {
            return Err(unsupported(path, format!("hidden_act `{activation}`"), "`silu`"));
        }
        if self.mlp_bias == Some(true) {
            return Err(unsupported(path, "mlp_bias true".to_owned(), "mlp_bias false"));
        }
        Ok(())
    }

    /// Fills in what the file leaves out with the defaults of `transformers` for the family.
    pub fn resolve(self, path: &Path, family: Family, raw: Map<String, Value>) -> Result<Config, LmError> {
        let qwen2 = family == Family::Qwen2;
        let attention_bias = self.attention_bias.unwrap_or(false);
        let rope = Rope::of(path, &raw)?;
        let context = self.max_position_embeddings.unwrap_or_else(|| family.context());
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
            context,
            tied: self.tie_word_embeddings.unwrap_or(false),
            qkv_bias: qwen2 || attention_bias,
            out_bias: !qwen2 && attention_bias,
            qk_norm: family == Family::Qwen3,
            rope_theta: rope.theta,
            rope_scaling: rope.scaling,
            initializer_range: self.initializer_range.unwrap_or(0.02),
            bos: self.bos_token_id.and_then(|ids| ids.first()),
            eos: self.eos_token_id.map(Ids::into_vec).unwrap_or_default(),
            family,
            raw,
        })
    }
}
