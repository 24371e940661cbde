//! Families of models: their `model_type`, and what `transformers` takes for keys that a file leaves out.

use std::path::Path;

use serde_json::{Map, Value};

use super::unsupported;
use crate::LmError;

const SUPPORTED: &str =
    "model_type `llama` (Llama 2, 3, 3.x, SmolLM2), `qwen2` (Qwen2, Qwen2.5) and `qwen3` (Qwen3, dense)";

/// Differences between the families beyond the numbers in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Llama,
    Qwen2,
    Qwen3,
}

impl Family {
    /// The family that `model_type` names.
    pub fn of(path: &Path, config: &Map<String, Value>) -> Result<Self, LmError> {
        match config.get("model_type").and_then(Value::as_str) {
            Some("llama") => Ok(Self::Llama),
            Some("qwen2") => Ok(Self::Qwen2),
            Some("qwen3") => Ok(Self::Qwen3),
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
            Self::Qwen2 => "Qwen2ForCausalLM",
            Self::Qwen3 => "Qwen3ForCausalLM",
        }
    }

    /// Whether `use_sliding_window` means something.
    pub fn has_window(self) -> bool {
        self != Self::Llama
    }

    /// `max_position_embeddings` of a file that has none.
    pub fn context(self) -> usize {
        match self {
            Self::Llama => 2048,
            Self::Qwen2 | Self::Qwen3 => 32768,
        }
    }

    /// `head_dim` of a file that has none.
    pub fn head_dim(self, hidden: usize, heads: usize) -> usize {
        match self {
            Self::Qwen3 => 128,
            Self::Llama | Self::Qwen2 => hidden / heads.max(1),
        }
    }
}
