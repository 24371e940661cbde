//! Families of models: their `model_type`, and what `transformers` takes for keys that a file leaves out.

use std::path::Path;

use serde_json::{Map, Value};

use super::layer::{Norms, QkNorms};
use super::unsupported::unsupported;
use crate::LmError;

const SUPPORTED: &str = "model_type `llama` (Llama 2, 3, 3.x, SmolLM2), `mistral`, `qwen2` (Qwen2, Qwen2.5), `qwen3` \
     (Qwen3, dense), `smollm3`, `phi3` (Phi-3, Phi-4), `olmo2`, `olmo3` and `gemma3_text`";

/// Differences between the families beyond the numbers in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Llama,
    Mistral,
    Qwen2,
    Qwen3,
    SmolLm3,
    Phi3,
    Olmo2,
    Olmo3,
    Gemma3,
}

impl Family {
    /// The family that `model_type` names.
    pub fn of(path: &Path, config: &Map<String, Value>) -> Result<Self, LmError> {
        match config.get("model_type").and_then(Value::as_str) {
            Some("llama") => Ok(Self::Llama),
            Some("mistral") => Ok(Self::Mistral),
            Some("qwen2") => Ok(Self::Qwen2),
            Some("qwen3") => Ok(Self::Qwen3),
            Some("smollm3") => Ok(Self::SmolLm3),
            Some("phi3") => Ok(Self::Phi3),
            Some("olmo2") => Ok(Self::Olmo2),
            Some("olmo3") => Ok(Self::Olmo3),
            Some("gemma3_text") => Ok(Self::Gemma3),
            other => {
                let mut what = format!("model_type `{}`", other.unwrap_or("(none)"));
                if config.contains_key("text_config") {
                    what += ", a text model wrapped with others,";
                }
                Err(unsupported(path, what, SUPPORTED))
            }
        }
    }

    /// The class of `transformers`, as `architectures` has it.
    pub fn architecture(self) -> &'static str {
        match self {
            Self::Llama => "LlamaForCausalLM",
            Self::Mistral => "MistralForCausalLM",
            Self::Qwen2 => "Qwen2ForCausalLM",
            Self::Qwen3 => "Qwen3ForCausalLM",
            Self::SmolLm3 => "SmolLM3ForCausalLM",
            Self::Phi3 => "Phi3ForCausalLM",
            Self::Olmo2 => "Olmo2ForCausalLM",
            Self::Olmo3 => "Olmo3ForCausalLM",
            Self::Gemma3 => "Gemma3ForCausalLM",
        }
    }

    /// `max_position_embeddings` of a file that has none.
    pub fn context(self) -> usize {
        match self {
            Self::Llama | Self::Olmo2 | Self::Olmo3 => 2048,
            Self::Phi3 => 4096,
            Self::Qwen2 | Self::Qwen3 | Self::SmolLm3 => 32768,
            Self::Mistral | Self::Gemma3 => 131_072,
        }
    }

    /// `head_dim` of a file that has none.
    pub fn head_dim(self, hidden: usize, heads: usize) -> usize {
        match self {
            Self::Qwen3 => 128,
            Self::Gemma3 => 256,
            _ => hidden / heads.max(1),
        }
    }

    /// `num_key_value_heads` of a file that has none.
    pub fn kv_heads(self, heads: usize) -> usize {
        match self {
            Self::Mistral => 8,
            Self::SmolLm3 | Self::Gemma3 => 4,
            _ => heads,
        }
    }

    /// `rms_norm_eps` of a file that has none.
    pub fn epsilon(self) -> f32 {
        match self {
            Self::Phi3 | Self::Olmo2 | Self::Olmo3 => 1e-5,
            _ => 1e-6,
        }
    }

    /// `rope_theta` of a file that has none.
    pub fn theta(self) -> f64 {
        match self {
            Self::SmolLm3 => 2_000_000.0,
            Self::Olmo3 => 500_000.0,
            Self::Gemma3 => 1_000_000.0,
            _ => 10_000.0,
        }
    }

    /// `tie_word_embeddings` of a file that does not say.
    pub fn tied(self) -> bool {
        matches!(self, Self::SmolLm3 | Self::Gemma3)
    }

    /// Whether `attention_bias` means something. Qwen2 always has biases of queries, keys and values.
    pub fn has_attention_bias(self) -> bool {
        !matches!(self, Self::Mistral | Self::Qwen2 | Self::Phi3)
    }

    /// How queries and keys are normalised.
    pub fn qk_norm(self) -> QkNorms {
        match self {
            Self::Qwen3 | Self::Gemma3 => QkNorms::Head,
            Self::Olmo2 | Self::Olmo3 => QkNorms::Row,
            _ => QkNorms::None,
        }
    }

    /// Where a block has norms.
    pub fn norms(self) -> Norms {
        match self {
            Self::Olmo2 | Self::Olmo3 => Norms::After,
            Self::Gemma3 => Norms::Around,
            _ => Norms::Before,
        }
    }
}
