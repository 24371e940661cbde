//! `rope_scaling` and `rope_parameters` of `config.json`.

use std::path::Path;

use serde::Deserialize;

use super::unsupported;
use crate::LmError;

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

#[derive(Deserialize)]
pub(super) struct RawRope {
    #[serde(alias = "type")]
    rope_type: Option<String>,
    pub rope_theta: Option<f64>,
    factor: Option<f64>,
    low_freq_factor: Option<f64>,
    high_freq_factor: Option<f64>,
    original_max_position_embeddings: Option<f64>,
}

impl RawRope {
    pub fn scaling(&self, path: &Path) -> Result<RopeScaling, LmError> {
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
