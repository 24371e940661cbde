//! What the files of a model folder say about its tokenizer, read in one place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::LmError;

/// The files beside `tokenizer.json`, with the tokenizer's own bytes.
pub(super) struct Files {
    /// The path of `tokenizer.json`.
    pub path: PathBuf,
    /// Its content.
    pub tokenizer: Vec<u8>,
    /// Special tokens as texts by name: `bos_token`, `eos_token`, ….
    pub special_tokens: BTreeMap<String, String>,
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

impl Files {
    /// Reads the files of `folder`.
    pub fn read(folder: &Path) -> Result<Self, LmError> {
        let path = folder.join("tokenizer.json");
        if !path.is_file() {
            return Err(LmError::MissingFile {
                folder: folder.to_path_buf(),
                file: "tokenizer.json".to_owned(),
                hint: "a fast tokenizer; `AutoTokenizer.from_pretrained(..).save_pretrained(..)` writes one",
            });
        }
        let tokenizer = std::fs::read(&path).map_err(LmError::io("read", &path))?;
        let config = object(&folder.join("tokenizer_config.json"))?;
        let mut ends = Vec::new();
        for name in ["generation_config.json", "config.json"] {
            let path = folder.join(name);
            for id in end_ids(&path, object(&path)?.get("eos_token_id"))? {
                if !ends.contains(&id) {
                    ends.push(id);
                }
            }
        }
        Ok(Self {
            special_tokens: special_tokens(&config, &object(&folder.join("special_tokens_map.json"))?),
            ends,
            template: template(folder, config.get("chat_template"))?,
            path,
            tokenizer,
        })
    }
}

/// The fields of a JSON file; none if there is no such file.
fn object(path: &Path) -> Result<Map<String, Value>, LmError> {
    if !path.is_file() {
        return Ok(Map::new());
    }
    let bytes = std::fs::read(path).map_err(LmError::io("read", path))?;
    serde_json::from_slice(&bytes).map_err(|source| LmError::Json {
        path: path.to_path_buf(),
        source,
    })
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

/// `eos_token_id`: an id, a list of ids or nothing. Negative ids mean nothing, too.
fn end_ids(path: &Path, value: Option<&Value>) -> Result<Vec<u32>, LmError> {
    let values = match value {
        None | Some(Value::Null) => &[],
        Some(Value::Array(values)) => values.as_slice(),
        Some(value) => std::slice::from_ref(value),
    };
    let mut ids = Vec::new();
    for value in values {
        let id = value.as_i64().ok_or_else(|| LmError::Config {
            path: path.to_path_buf(),
            message: format!("`eos_token_id` must be an id or a list of ids, but has {value}"),
        })?;
        ids.extend(u32::try_from(id).ok());
    }
    Ok(ids)
}

/// `chat_template.jinja` first, then `chat_template` of `tokenizer_config.json`: a string, or a list whose `default` is
/// taken. Templates of other names, in the list or in `additional_chat_templates/`, are for other uses.
fn template(folder: &Path, configured: Option<&Value>) -> Result<Option<Source>, LmError> {
    let path = folder.join("chat_template.jinja");
    if path.is_file() {
        let bytes = std::fs::read(&path).map_err(LmError::io("read", &path))?;
        let text = String::from_utf8(bytes).map_err(|_| LmError::ChatTemplate {
            path: path.clone(),
            message: "it is not UTF-8".to_owned(),
        })?;
        return Ok(Some(Source { path, text }));
    }
    let path = folder.join("tokenizer_config.json");
    let wrong = |message: String| LmError::Config {
        path: path.clone(),
        message,
    };
    let text = match configured {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text,
        Some(Value::Array(named)) => {
            let name = |named: &Value| named.get("name").and_then(Value::as_str).map(str::to_owned);
            let default = named.iter().find(|named| name(named).as_deref() == Some("default"));
            let text = default.and_then(|named| named.get("template")?.as_str());
            text.ok_or_else(|| {
                let names: Vec<String> = named.iter().filter_map(name).map(|name| format!("`{name}`")).collect();
                let names = names.join(", ");
                wrong(format!(
                    "`chat_template` has no template `default`, only {names}: name one of them `default`"
                ))
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
