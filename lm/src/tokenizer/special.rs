//! The special tokens and the template that `tokenizer_config.json` names.

use serde::Deserialize;
use serde_json::Value;

/// A special token: a string, or an object with the string as `content`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum SpecialToken {
    Text(String),
    Object { content: String },
}

/// The part of `tokenizer_config.json` that is used.
#[derive(Debug, Default, Deserialize)]
pub(super) struct TokenizerConfig {
    pub bos_token: Option<SpecialToken>,
    pub eos_token: Option<SpecialToken>,
    pub pad_token: Option<SpecialToken>,
    pub chat_template: Option<Value>,
}

impl SpecialToken {
    /// The token as it stands in texts.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Object { content: text } => text,
        }
    }
}
