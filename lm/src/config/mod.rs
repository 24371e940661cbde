//! `config.json` of a Hugging Face folder: the shape of a model of a supported family.
//!
//! Knows no weights. A setting that would change the computation and is not supported is refused by name.

mod family;
mod ids;
mod quantised;
mod raw;
mod rope;
mod saved;
mod shape;
#[cfg(test)]
mod tests;
mod window;

use std::path::Path;

use serde_json::{Map, Value};

use crate::LmError;
use crate::folder::{CONFIG, ModelFiles};
use raw::Raw;
use window::Window;

pub(crate) use family::Family;
pub(crate) use ids::Ids;
pub(crate) use rope::RopeScaling;

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
    pub family: Family,
    /// The file as it was read, for saving.
    pub raw: Map<String, Value>,
}

impl Config {
    /// The configuration of a model folder.
    ///
    /// # Errors
    /// There is none, or it is one that is not supported.
    pub fn of(files: &ModelFiles) -> Result<Self, LmError> {
        let hint = "config.json, *.safetensors, tokenizer.json, as `huggingface-cli download` leaves it";
        Self::parse(&files.path(CONFIG), files.need(CONFIG, hint)?)
    }

    /// Reads and checks the `bytes` of a `config.json`; `path` names it in errors.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, LmError> {
        let json = |source| LmError::Json {
            path: path.to_path_buf(),
            source,
        };
        let map: Map<String, Value> = serde_json::from_slice(bytes).map_err(json)?;
        quantised::refuse(path, &map)?;
        let family = Family::of(path, &map)?;
        let raw: Raw = serde_json::from_slice(bytes).map_err(json)?;
        let window: Window = serde_json::from_slice(bytes).map_err(json)?;
        raw.check_supported(path)?;
        let config = raw.resolve(path, family, map)?;
        window.check(path, family, config.layers, config.context)?;
        shape::check(&config, path)?;
        Ok(config)
    }

    /// Refuses a model that is too large to be made without weights in files; `files` names it in errors.
    pub fn check_random(&self, files: &ModelFiles) -> Result<(), LmError> {
        shape::check_random(self, &files.path(CONFIG))
    }

    /// Width of all query heads.
    pub fn query_width(&self) -> usize {
        self.heads * self.head_dim
    }

    /// Width of all key heads, and of all value heads.
    pub fn kv_width(&self) -> usize {
        self.kv_heads * self.head_dim
    }
}

/// The error for a setting that is not computed.
fn unsupported(path: &Path, what: String, supported: &'static str) -> LmError {
    LmError::Unsupported {
        path: path.to_path_buf(),
        what,
        supported,
    }
}
