//! The keys of `config.json` that matter, and what they come to.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::definition::Config;
use super::family::Family;
use super::ids::Ids;
use super::rope::{Lengths, Rope};
use super::unsupported::unsupported;
use crate::LmError;
use crate::ops::gate::Gate;

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
    /// Gemma's word for `hidden_act`.
    hidden_activation: Option<String>,
    query_pre_attn_scalar: Option<f64>,
    attn_logit_softcapping: Option<f64>,
    final_logit_softcapping: Option<f64>,
    use_bidirectional_attention: Option<bool>,
    original_max_position_embeddings: Option<usize>,
    initializer_range: Option<f32>,
    bos_token_id: Option<Ids>,
    eos_token_id: Option<Ids>,
}

impl Raw {
    /// Refuses settings that would change the computation.
    pub fn check_supported(&self, path: &Path) -> Result<(), LmError> {
        let refuse = |what: String, supported| Err(unsupported(path, what, supported));
        for (key, value) in [
            ("mlp_bias", self.mlp_bias),
            ("use_bidirectional_attention", self.use_bidirectional_attention),
        ] {
            if value == Some(true) {
                return refuse(format!("{key} true"), "false");
            }
        }
        for (key, value) in [
            ("attn_logit_softcapping", self.attn_logit_softcapping),
            ("final_logit_softcapping", self.final_logit_softcapping),
        ] {
            if let Some(value) = value {
                return refuse(format!("{key} {value}"), "null");
            }
        }
        match self.query_pre_attn_scalar {
            Some(scalar) if !(scalar > 0.0 && (scalar.powf(-0.5) as f32).is_finite()) => {
                refuse(format!("query_pre_attn_scalar {scalar}"), "a number above 0")
            }
            _ => Ok(()),
        }
    }

    /// What the gate of the MLP passes through.
    fn gate(&self, path: &Path, family: Family) -> Result<Gate, LmError> {
        let (key, name) = match family {
            Family::Gemma3 => ("hidden_activation", self.hidden_activation.as_deref()),
            _ => ("hidden_act", self.hidden_act.as_deref()),
        };
        let default = if family == Family::Gemma3 {
            Gate::Gelu
        } else {
            Gate::Silu
        };
        match name {
            None => Ok(default),
            Some("silu" | "swish") => Ok(Gate::Silu),
            Some("gelu_pytorch_tanh") => Ok(Gate::Gelu),
            Some(other) => Err(unsupported(
                path,
                format!("{key} `{other}`"),
                "`silu` and `gelu_pytorch_tanh`",
            )),
        }
    }

    /// Fills in what the file leaves out with the defaults of `transformers` for the family.
    pub fn resolve(self, path: &Path, family: Family, raw: Map<String, Value>) -> Result<Config, LmError> {
        let qwen2 = family == Family::Qwen2;
        let attention_bias = self.attention_bias.unwrap_or(false) && family.has_attention_bias();
        let head_dim = self
            .head_dim
            .unwrap_or_else(|| family.head_dim(self.hidden_size, self.num_attention_heads));
        let context = self.max_position_embeddings.unwrap_or_else(|| family.context());
        let original = self.original_max_position_embeddings;
        let rope = Rope::of(path, &raw, family, Lengths { context, original })?;
        let rotated = ((head_dim as f64 * rope.partial) as usize).max(2) / 2 * 2;
        let gemma = family == Family::Gemma3;
        Ok(Config {
            vocab: self.vocab_size,
            hidden: self.hidden_size,
            intermediate: self.intermediate_size,
            layers: self.num_hidden_layers,
            heads: self.num_attention_heads,
            kv_heads: self
                .num_key_value_heads
                .unwrap_or_else(|| family.kv_heads(self.num_attention_heads)),
            head_dim,
            epsilon: self.rms_norm_eps.unwrap_or_else(|| family.epsilon()),
            context: rope.scaling.limit(context),
            tied: self.tie_word_embeddings.unwrap_or_else(|| family.tied()),
            qkv_bias: qwen2 || attention_bias,
            out_bias: !qwen2 && attention_bias,
            qk_norm: family.qk_norm(),
            norms: family.norms(),
            unit_offset: gemma,
            gate: self.gate(path, family)?,
            embed_scale: gemma.then(|| (self.hidden_size as f64).sqrt() as f32),
            score_scale: gemma.then(|| self.query_pre_attn_scalar.unwrap_or(256.0).powf(-0.5) as f32),
            rotated: (rotated < head_dim).then_some(rotated),
            kinds: Vec::new(),
            local_theta: rope.local_theta,
            fused: family == Family::Phi3,
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
