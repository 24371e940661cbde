//! `config.json` of an encoder: its shape.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::activation::Activation;
use super::family::Family;
use crate::LmError;
use crate::config::{refuse_quantised, typed};
use crate::folder::{CONFIG, ModelFiles};

/// Most rows of a table: far above those of any model.
const MOST: usize = 1 << 28;

/// Longest row: far above that of any model.
const WIDEST: usize = 1 << 20;

/// Most layers: far above any model's.
const MOST_LAYERS: usize = 1 << 16;

/// The shape of an encoder.
#[derive(Debug, Clone)]
pub(super) struct EncoderConfig {
    pub family: Family,
    pub vocab: usize,
    pub hidden: usize,
    pub intermediate: usize,
    pub layers: usize,
    pub heads: usize,
    /// Rows of the table of positions.
    pub positions: usize,
    /// The row of the first position.
    pub first_position: usize,
    /// Rows of the table of token types, of which the first is used; 0: there is none.
    pub types: usize,
    /// Rows of the table of biases by distance; 0: there is none.
    pub distances: usize,
    /// Of norms.
    pub epsilon: f32,
    pub activation: Activation,
}

/// The keys of the file; DistilBERT has words of its own.
#[derive(Deserialize)]
struct Raw {
    vocab_size: usize,
    #[serde(alias = "dim")]
    hidden_size: usize,
    #[serde(alias = "hidden_dim")]
    intermediate_size: usize,
    #[serde(alias = "n_layers")]
    num_hidden_layers: usize,
    #[serde(alias = "n_heads")]
    num_attention_heads: usize,
    max_position_embeddings: usize,
    type_vocab_size: Option<usize>,
    relative_attention_num_buckets: Option<usize>,
    layer_norm_eps: Option<f32>,
    #[serde(alias = "activation")]
    hidden_act: Option<String>,
    pad_token_id: Option<usize>,
    position_embedding_type: Option<String>,
    is_decoder: Option<bool>,
}

impl EncoderConfig {
    /// The configuration of a model folder.
    ///
    /// # Errors
    /// There is none, or it is one that is not supported.
    pub fn of(files: &ModelFiles) -> Result<Self, LmError> {
        let hint = "config.json, model.safetensors, tokenizer.json, as `huggingface-cli download` leaves it";
        Self::parse(&files.path(CONFIG), files.need(CONFIG, hint)?)
    }

    /// Reads and checks the `bytes` of a `config.json`; `path` names it in errors.
    fn parse(path: &Path, bytes: &[u8]) -> Result<Self, LmError> {
        let json = |source| LmError::Json {
            path: path.to_path_buf(),
            source,
        };
        let map: Map<String, Value> = serde_json::from_slice(bytes).map_err(json)?;
        refuse_quantised(path, &map)?;
        let family = Family::of(path, &map)?;
        let raw: Raw = typed(path, bytes)?;
        raw.check_supported(path)?;
        let config = raw.resolve(path, family)?;
        match config.problem() {
            None => Ok(config),
            Some(message) => Err(LmError::Config {
                path: path.to_path_buf(),
                message,
            }),
        }
    }

    fn problem(&self) -> Option<String> {
        let sizes = [
            ("vocab_size", self.vocab, 1..=MOST),
            ("hidden_size", self.hidden, 1..=WIDEST),
            ("intermediate_size", self.intermediate, 1..=WIDEST),
            ("num_hidden_layers", self.layers, 1..=MOST_LAYERS),
            ("num_attention_heads", self.heads, 1..=MOST),
            ("max_position_embeddings", self.positions, 1..=MOST),
            ("type_vocab_size", self.types, 0..=MOST),
            ("relative_attention_num_buckets", self.distances, 0..=MOST),
        ];
        if let Some((key, size, range)) = sizes.into_iter().find(|(_, size, range)| !range.contains(size)) {
            let (least, most) = (range.start(), range.end());
            return Some(format!("`{key}` is {size}, but must be between {least} and {most}"));
        }
        let (hidden, heads) = (self.hidden, self.heads);
        if !hidden.is_multiple_of(heads) {
            return Some(format!(
                "hidden_size {hidden} is not a multiple of num_attention_heads {heads}"
            ));
        }
        if self.first_position >= self.positions {
            let (first, rows) = (self.first_position, self.positions);
            return Some(format!(
                "`max_position_embeddings` is {rows}, but positions begin at {first}: no text has room"
            ));
        }
        if self.family == Family::MpNet && (self.distances < 4 || !self.distances.is_multiple_of(4)) {
            let count = self.distances;
            return Some(format!(
                "`relative_attention_num_buckets` is {count}, but must be a multiple of 4"
            ));
        }
        let epsilon = self.epsilon;
        let is_number = epsilon.is_finite() && epsilon >= 0.0;
        (!is_number).then(|| format!("`layer_norm_eps` is {epsilon}, but must be a number of at least 0"))
    }
}

impl Raw {
    /// Refuses settings that would change the computation.
    fn check_supported(&self, path: &Path) -> Result<(), LmError> {
        let refuse = |what: String, supported| {
            Err(LmError::Unsupported {
                path: path.to_path_buf(),
                what,
                supported,
            })
        };
        match self.position_embedding_type.as_deref() {
            None | Some("absolute") => {}
            Some(other) => return refuse(format!("position_embedding_type `{other}`"), "`absolute`"),
        }
        if self.is_decoder == Some(true) {
            return refuse("is_decoder true".to_owned(), "false");
        }
        Ok(())
    }

    /// Fills in what the file leaves out with the defaults of `transformers`.
    fn resolve(self, path: &Path, family: Family) -> Result<EncoderConfig, LmError> {
        let epsilon = match family {
            // Not a setting there.
            Family::DistilBert => None,
            _ => self.layer_norm_eps,
        };
        Ok(EncoderConfig {
            family,
            vocab: self.vocab_size,
            hidden: self.hidden_size,
            intermediate: self.intermediate_size,
            layers: self.num_hidden_layers,
            heads: self.num_attention_heads,
            positions: self.max_position_embeddings,
            first_position: family.first_position(self.pad_token_id),
            types: if family.has_types() {
                self.type_vocab_size.unwrap_or(2)
            } else {
                0
            },
            distances: match family {
                Family::MpNet => self.relative_attention_num_buckets.unwrap_or(32),
                _ => 0,
            },
            epsilon: epsilon.unwrap_or(1e-12),
            activation: Activation::of(path, self.hidden_act.as_deref())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(change: impl Fn(&mut Map<String, Value>)) -> Result<EncoderConfig, LmError> {
        let json = serde_json::json!({
            "model_type": "roberta", "vocab_size": 9, "hidden_size": 8, "intermediate_size": 16,
            "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 20, "pad_token_id": 1,
        });
        let Value::Object(mut map) = json else { unreachable!() };
        change(&mut map);
        let bytes = serde_json::to_vec(&map).unwrap();
        EncoderConfig::parse(Path::new("config.json"), &bytes)
    }

    #[test]
    fn what_the_file_leaves_out_is_as_in_transformers() {
        let config = parse(|_| {}).unwrap();
        assert_eq!((config.types, config.first_position, config.epsilon), (2, 2, 1e-12));
        assert_eq!(config.activation, Activation::Gelu);
    }

    #[test]
    fn what_is_not_computed_and_what_cannot_be_is_named() {
        let cases: [(&str, Value, &str); 9] = [
            (
                "model_type",
                "deberta-v2".into(),
                "model_type `deberta-v2` of a sentence encoder is not supported",
            ),
            (
                "position_embedding_type",
                "relative_key".into(),
                "position_embedding_type `relative_key` is not",
            ),
            (
                "is_decoder",
                true.into(),
                "is_decoder true is not supported; supported: false",
            ),
            ("hidden_act", "silu".into(), "hidden_act `silu` is not supported"),
            (
                "hidden_size",
                9.into(),
                "hidden_size 9 is not a multiple of num_attention_heads 2",
            ),
            ("vocab_size", 0.into(), "`vocab_size` is 0, but must be between 1"),
            ("layer_norm_eps", (-1.0).into(), "`layer_norm_eps` is -1"),
            ("pad_token_id", 30.into(), "positions begin at 31"),
            ("hidden_size", "8".into(), "`hidden_size`: invalid type"),
        ];
        for (key, value, expected) in cases {
            let error = parse(|map| drop(map.insert(key.to_owned(), value.clone()))).unwrap_err();
            assert!(error.is_user_error() && error.to_string().contains(expected), "{error}");
        }
    }
}
