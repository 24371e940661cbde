//! `config.json` of a Hugging Face folder: the shape of a model of a supported family.
//!
//! Knows no weights. A setting that would change the computation and is not supported is refused by name.

mod family;
mod ids;
mod layer;
mod raw;
mod rope;
#[cfg(test)]
mod tests;
mod window;

use std::path::Path;

use serde_json::{Map, Value};

use crate::LmError;
use crate::ops::gate::Gate;
use family::Family;
use raw::Raw;
use window::Window;

pub(crate) use ids::Ids;
pub(crate) use layer::{LayerKind, Norms, QkNorms, Rotation};
pub(crate) use rope::{RopeScaling, Yarn};

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
    /// How queries and keys are normalised before rotation.
    pub qk_norm: QkNorms,
    /// Where the norms of a block are.
    pub norms: Norms,
    /// Norms multiply by `1 + weight`.
    pub unit_offset: bool,
    pub gate: Gate,
    /// The embedding's rows are multiplied by it.
    pub embed_scale: Option<f32>,
    /// The factor of attention's scores, if it is not `1 / sqrt(head_dim)`.
    pub score_scale: Option<f32>,
    /// Elements of a head that are rotated, if not all of them are.
    pub rotated: Option<usize>,
    /// By layer; empty: all are [`LayerKind::FULL`].
    pub kinds: Vec<LayerKind>,
    /// `rope_theta` of the layers that [`Rotation::Local`] names.
    pub local_theta: f64,
    /// Files have one matrix for queries, keys and values, and one for gate and up.
    pub fused: bool,
    pub rope_theta: f64,
    pub rope_scaling: RopeScaling,
    pub initializer_range: f32,
    pub bos: Option<u32>,
    pub eos: Vec<u32>,
    /// The file as it was read, for saving.
    pub raw: Map<String, Value>,
}

impl Config {
    /// Reads and checks the `bytes` of a `config.json`; `path` names it in errors.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, LmError> {
        let json = |source| LmError::Json {
            path: path.to_path_buf(),
            source,
        };
        let map: Map<String, Value> = serde_json::from_slice(bytes).map_err(json)?;
        let family = Family::of(path, &map)?;
        let raw: Raw = serde_json::from_slice(bytes).map_err(json)?;
        let window: Window = serde_json::from_slice(bytes).map_err(json)?;
        raw.check_supported(path)?;
        let mut config = raw.resolve(path, family, map)?;
        config.check_shape(path)?;
        config.kinds = window.kinds(path, family, config.layers, config.context)?;
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

    /// Makes it the configuration of a model with `vocab` tokens.
    pub fn set_vocab(&mut self, vocab: usize) {
        self.vocab = vocab;
        self.raw.insert("vocab_size".to_owned(), vocab.into());
    }

    /// Makes it the configuration of a model whose head is, or is not, its embedding.
    pub fn set_tied(&mut self, tied: bool) {
        self.tied = tied;
        self.raw.insert("tie_word_embeddings".to_owned(), tied.into());
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
        } else if let RopeScaling::Long { short, .. } = &self.rope_scaling
            && short.len() != self.rotated.unwrap_or(self.head_dim) / 2
        {
            let rotated = self.rotated.unwrap_or(self.head_dim);
            format!(
                "short_factor has {} numbers, but {rotated} elements of a head are rotated in pairs",
                short.len()
            )
        } else {
            return Ok(());
        };
        Err(LmError::Config {
            path: path.to_path_buf(),
            message: problem,
        })
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
