//! What the files of the library `sentence-transformers` say about an encoder (those of its versions 2 to 6).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::files::{EncoderFiles, MODEL, PROMPTS};
use crate::LmError;
use crate::embed::pooling::Pooling;

/// Settings of the tokenizer, which [`crate::folder::ModelFiles`] reads.
const TOKENIZER: &str = "tokenizer_config.json";

/// How texts become vectors, besides the model.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub pooling: Pooling,
    /// The most tokens of a text, those around it included, if the folder says.
    pub longest: Option<usize>,
    /// Whether texts are put into lower case first.
    pub lower_case: bool,
    /// Goes before every text.
    pub prompt: String,
}

impl Settings {
    /// The settings of a folder that has been read.
    ///
    /// # Errors
    /// A file that is not valid, or a setting that is not supported.
    pub fn of(files: &EncoderFiles) -> Result<Self, LmError> {
        let name = MODEL.into_iter().find(|name| files.has(name)).unwrap_or(MODEL[0]);
        let model: ModelSettings = files.json(name)?;
        let tokenizer: TokenizerSettings = files.model().json(TOKENIZER)?;
        // A tokenizer without a limit has one of 1e30.
        let of_tokenizer = tokenizer.model_max_length.map(|most| most as usize);
        Ok(Self {
            pooling: pooling(files)?,
            longest: model.max_seq_length.or(of_tokenizer),
            lower_case: model.do_lower_case,
            prompt: prompt(files)?,
        })
    }
}

#[derive(Default, Deserialize)]
struct ModelSettings {
    max_seq_length: Option<usize>,
    #[serde(default)]
    do_lower_case: bool,
}

#[derive(Default, Deserialize)]
struct TokenizerSettings {
    model_max_length: Option<f64>,
}

#[derive(Default, Deserialize)]
struct Prompts {
    #[serde(default)]
    prompts: BTreeMap<String, String>,
    default_prompt_name: Option<String>,
}

/// The prompt before every text.
fn prompt(files: &EncoderFiles) -> Result<String, LmError> {
    let Prompts {
        mut prompts,
        default_prompt_name,
    } = files.json(PROMPTS)?;
    let Some(name) = default_prompt_name else {
        return Ok(String::new());
    };
    prompts.remove(&name).ok_or_else(|| LmError::Config {
        path: files.path(PROMPTS),
        message: format!("`default_prompt_name` is `{name}`, but `prompts` has none of that name"),
    })
}

/// Settings of pooling: one key, or in older versions one for each way.
#[derive(Default, Deserialize)]
struct PoolingSettings {
    pooling_mode: Option<Modes>,
    include_prompt: Option<bool>,
    #[serde(flatten)]
    other: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Modes {
    One(String),
    Several(Vec<String>),
}

impl PoolingSettings {
    /// The ways of pooling that are on.
    fn modes(self) -> Vec<String> {
        match self.pooling_mode {
            Some(Modes::One(mode)) => vec![mode],
            Some(Modes::Several(modes)) => modes,
            None => {
                let is_on = |(key, value): (String, serde_json::Value)| {
                    let mode = key.strip_prefix("pooling_mode_")?.trim_end_matches("_token").to_owned();
                    (value == true).then_some(mode)
                };
                self.other.into_iter().filter_map(is_on).collect()
            }
        }
    }
}

/// The way of pooling; the mean where nothing is said.
fn pooling(files: &EncoderFiles) -> Result<Pooling, LmError> {
    let Some(name) = files.pooling() else {
        return Ok(Pooling::Mean);
    };
    let settings: PoolingSettings = files.json(name)?;
    let unsupported = |what: String, supported| LmError::Unsupported {
        path: files.path(name),
        what,
        supported,
    };
    if settings.include_prompt == Some(false) && !prompt(files)?.is_empty() {
        return Err(unsupported("include_prompt false".to_owned(), "true"));
    }
    let modes = settings.modes();
    let modes: Vec<&str> = modes.iter().map(String::as_str).collect();
    match modes.as_slice() {
        [] | ["mean" | "mean_tokens"] => Ok(Pooling::Mean),
        ["cls"] => Ok(Pooling::Cls),
        other => Err(unsupported(
            format!("pooling by {}", other.join(" and ")),
            "the mean of all tokens, and `cls`",
        )),
    }
}
