//! `config.json` of a Hugging Face folder: the shape of a model of a supported family.
//!
//! Knows no weights. A setting that would change the computation and is not supported is refused by name.

mod definition;
mod family;
mod ids;
mod layer;
mod quantised;
mod raw;
mod rope;
mod saved;
mod shape;
#[cfg(test)]
mod tests;
mod typed;
mod unsupported;
mod window;

use std::path::Path;

use serde_json::{Map, Value};

use crate::LmError;
use crate::folder::{CONFIG, ModelFiles};
use raw::Raw;
use window::Window;

pub(crate) use definition::Config;
pub(crate) use family::Family;
pub(crate) use ids::Ids;
pub(crate) use layer::{LayerKind, Norms, QkNorms, Rotation};
pub(crate) use quantised::refuse as refuse_quantised;
pub(crate) use rope::{RopeScaling, Yarn};
pub(crate) use typed::{parsed, typed};

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
        refuse_quantised(path, &map)?;
        let family = Family::of(path, &map)?;
        let raw: Raw = typed(path, bytes)?;
        let window: Window = typed(path, bytes)?;
        raw.check_supported(path)?;
        let mut config = raw.resolve(path, family, map)?;
        shape::check(&config, path)?;
        config.kinds = window.kinds(path, family, config.layers, config.context)?;
        Ok(config)
    }

    /// Refuses a model that is too large to be made without weights in files; `files` names it in errors.
    pub fn check_random(&self, files: &ModelFiles) -> Result<(), LmError> {
        shape::check_random(self, &files.path(CONFIG))
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

    /// Width of all query heads.
    pub fn query_width(&self) -> usize {
        self.heads * self.head_dim
    }

    /// Width of all key heads, and of all value heads.
    pub fn kv_width(&self) -> usize {
        self.kv_heads * self.head_dim
    }
}
