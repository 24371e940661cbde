//! What the files of a model folder say about its tokenizer, read in one place.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::LmError;
use crate::config::Ids;
use crate::folder::{CONFIG, ModelFiles};

const TOKENIZER_CONFIG: &str = "tokenizer_config.json";

/// What the files beside `tokenizer.json` say.
pub(super) struct Files {
    /// Special tokens as texts by name: `bos_token`, `eos_token`, ….
    pub special_tokens: BTreeMap<String, String>,
    /// The begin token of `config.json`.
    pub begin: Option<u32>,
    /// Ids that end a response, of `generation_config.json` and then `config.json`.
    pub ends: Vec<u32>,
    /// The source of the chat template, if there is one.
    pub template: Option<Source>,
}

/// A chat template with the file that has it.
#[derive(Debug)]
pub(super) struct Source {
    pub path: PathBuf,
    pub text: String,
}

#[derive(Default, Deserialize)]
struct TokenIds {
    bos_token_id: Option<Ids>,
    eos_token_id: Option<Ids>,
}

impl Files {
    /// What the files of a folder that has been read say.
    pub fn of(files: &ModelFiles) -> Result<Self, LmError> {
        let config: Map<String, Value> = files.json(TOKENIZER_CONFIG)?;
        let [generation, model]: [TokenIds; 2] = [files.json("generation_config.json")?, files.json(CONFIG)?];
        let mut ends: Vec<u32> = Vec::new();
        for id in [generation.eos_token_id, model.eos_token_id]
            .into_iter()
            .flatten()
            .flat_map(Ids::into_vec)
        {
            if !ends.contains(&id) {
                ends.push(id);
            }
        }
        Ok(Self {
            special_tokens: special_tokens(&config, &files.json("special_tokens_map.json")?),
            begin: model.bos_token_id.and_then(|ids| ids.first()),
            ends,
            template: template(files, config.get("chat_template"))?,
        })
    }
}

/// The tokens of `tokenizer_config.json`, and those that only `special_tokens_map.json` has. A token is a string, or an
/// object with the string as `content`.
fn special_tokens(config: &Map<String, Value>, map: &Map<String, Value>) -> BTreeMap<String, String> {
    let extra = config.get("extra_special_tokens").and_then(Value::as_object);
    let fields = map.iter().chain(extra.into_iter().flatten()).chain(config);
    let token = |(name, value): (&String, &Value)| {
        let text = value.as_str().or_else(|| value.get("content")?.as_str())?;
        name.ends_with("_token").then(|| (name.clone(), text.to_owned()))
    };
    fields.filter_map(token).collect()
}

/// `chat_template.jinja` first, then `chat_template` of `tokenizer_config.json`: a string, or a list whose `default` is
/// taken. Templates of other names, in the list or in `additional_chat_templates/`, are for other uses.
fn template(files: &ModelFiles, configured: Option<&Value>) -> Result<Option<Source>, LmError> {
    let path = files.path("chat_template.jinja");
    if let Some(bytes) = files.get("chat_template.jinja") {
        let text = String::from_utf8(bytes.to_vec()).map_err(|_| LmError::ChatTemplate {
            path: path.clone(),
            message: "it is not UTF-8".to_owned(),
        })?;
        return Ok(Some(Source { path, text }));
    }
    let path = files.path(TOKENIZER_CONFIG);
    let wrong = |message: String| LmError::Config {
        path: path.clone(),
        message,
    };
    let text = match configured {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.as_str(),
        Some(Value::Array(named)) => {
            let name = |named: &Value| named.get("name").and_then(Value::as_str).map(str::to_owned);
            let default = named.iter().find(|named| name(named).as_deref() == Some("default"));
            let text = default.and_then(|named| named.get("template")?.as_str());
            text.ok_or_else(|| {
                let names: Vec<String> = named.iter().filter_map(name).map(|name| format!("`{name}`")).collect();
                wrong(match (names.is_empty(), default) {
                    (_, Some(_)) => "`chat_template`: `default` lacks a text `template`".to_owned(),
                    (true, None) => "`chat_template` is a list without named templates".to_owned(),
                    (false, None) => format!(
                        "`chat_template` has no template `default`, only {}: name one of them `default`",
                        names.join(", ")
                    ),
                })
            })?
        }
        Some(_) => {
            return Err(wrong(
                "`chat_template` must be a text or a list of named ones".to_owned(),
            ));
        }
    };
    let text = text.to_owned();
    Ok(Some(Source { path, text }))
}
