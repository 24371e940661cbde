//! Chat templates: Jinja as `transformers` runs it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, ErrorKind, Value, context};
use serde::{Deserialize, Serialize};

use super::special::{SpecialToken, TokenizerConfig};
use crate::LmError;
use crate::folder::ModelFiles;

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// `system`, `user` or `assistant`.
    pub role: String,
    /// The text of the turn.
    pub content: String,
}

impl Message {
    /// A system message.
    pub fn system(content: &str) -> Self {
        Self::new("system", content)
    }

    /// A message of the user.
    pub fn user(content: &str) -> Self {
        Self::new("user", content)
    }

    /// A message of the model.
    pub fn assistant(content: &str) -> Self {
        Self::new("assistant", content)
    }

    fn new(role: &str, content: &str) -> Self {
        Self {
            role: role.to_owned(),
            content: content.to_owned(),
        }
    }
}

/// A folder's chat template, or none.
#[derive(Debug)]
pub(super) struct Template {
    folder: PathBuf,
    source: Option<String>,
    bos: String,
    eos: String,
    pad: String,
}

/// A named template of the list form of `tokenizer_config.json`.
#[derive(Deserialize)]
struct Named {
    name: String,
    template: String,
}

impl Template {
    /// `chat_template.jinja` first, then `tokenizer_config.json`: a string, or a list whose `default` is taken.
    pub fn load(files: &ModelFiles, config: &TokenizerConfig) -> Result<Self, LmError> {
        let (folder, name) = (files.dir(), "chat_template.jinja");
        let source = match (files.get(name), &config.chat_template) {
            (Some(bytes), _) => Some(text(&files.path(name), bytes)?),
            (None, Some(value)) => configured(folder, value)?,
            (None, None) => None,
        };
        let spelled = |token: &Option<SpecialToken>| token.as_ref().map_or("", SpecialToken::text).to_owned();
        Ok(Self {
            folder: folder.to_path_buf(),
            source,
            bos: spelled(&config.bos_token),
            eos: spelled(&config.eos_token),
            pad: spelled(&config.pad_token),
        })
    }

    /// The prompt's text, the assistant's header at its end.
    pub fn render(&self, messages: &[Message]) -> Result<String, LmError> {
        let Some(source) = &self.source else {
            return Err(LmError::NoChatTemplate {
                folder: self.folder.clone(),
            });
        };
        let turn =
            |message: &Message| BTreeMap::from([("role", message.role.clone()), ("content", message.content.clone())]);
        let rendered = environment().and_then(|environment| {
            environment.render_str(
                source,
                context! {
                    messages => messages.iter().map(turn).collect::<Vec<_>>(),
                    add_generation_prompt => true,
                    bos_token => self.bos.clone(),
                    eos_token => self.eos.clone(),
                    pad_token => self.pad.clone(),
                },
            )
        });
        rendered.map_err(|error| LmError::ChatTemplate {
            folder: self.folder.clone(),
            message: error.detail().map_or_else(|| error.to_string(), str::to_owned),
        })
    }
}

fn text(path: &Path, bytes: &[u8]) -> Result<String, LmError> {
    let invalid = |error| std::io::Error::new(std::io::ErrorKind::InvalidData, error);
    let text = String::from_utf8(bytes.to_vec()).map_err(invalid);
    text.map_err(LmError::io("read", path))
}

fn configured(folder: &Path, value: &serde_json::Value) -> Result<Option<String>, LmError> {
    if let Some(text) = value.as_str() {
        return Ok(Some(text.to_owned()));
    }
    if value.is_null() {
        return Ok(None);
    }
    let named: Vec<Named> = serde_json::from_value(value.clone()).map_err(|source| LmError::Json {
        path: folder.join("tokenizer_config.json"),
        source,
    })?;
    Ok(named
        .into_iter()
        .find(|named| named.name == "default")
        .map(|named| named.template))
}

/// The environment of `transformers`: trimmed blocks, loop controls, Python's methods, `raise_exception`,
/// `strftime_now`.
fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.add_function(
        "raise_exception",
        |message: String| -> Result<Value, minijinja::Error> {
            Err(minijinja::Error::new(ErrorKind::InvalidOperation, message))
        },
    );
    // A fixed date: a prompt that changes with the calendar would make runs irreproducible.
    environment.add_function("strftime_now", |_format: String| "26 Jul 2024".to_owned());
    Ok(environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(source: Option<&str>) -> Template {
        Template {
            folder: PathBuf::from("folder"),
            source: source.map(str::to_owned),
            bos: "<s>".to_owned(),
            eos: "</s>".to_owned(),
            pad: String::new(),
        }
    }

    #[test]
    fn the_features_of_real_templates_work() {
        let source = "{{ bos_token }}{%- for message in messages %}\n\
            {% if message['role'] not in ['user', 'assistant'] %}{% continue %}{% endif %}\n\
            <{{ message.role.upper() }}>{{ message['content'].strip() | trim }}{{ eos_token }}\n\
            {%- endfor %}{% if add_generation_prompt %}<ASSISTANT>{% endif %}{{ strftime_now('%d') and '' }}";
        let messages = [Message::system("x"), Message::user(" hi ")];
        assert_eq!(
            template(Some(source)).render(&messages).unwrap(),
            "<s><USER>hi</s><ASSISTANT>"
        );
    }

    #[test]
    fn the_templates_own_error_reaches_the_user() {
        let error = template(Some("{{ raise_exception('roles must alternate') }}"))
            .render(&[])
            .unwrap_err();
        assert!(error.to_string().contains("roles must alternate"), "{error}");
    }

    #[test]
    fn a_missing_template_says_what_to_do() {
        let error = template(None).render(&[]).unwrap_err().to_string();
        assert!(
            error.contains("raw prompts") && error.contains("chat_template.jinja"),
            "{error}"
        );
    }

    #[test]
    fn the_default_of_a_list_is_taken() {
        let list = serde_json::json!([{"name": "tool_use", "template": "a"}, {"name": "default", "template": "b"}]);
        assert_eq!(configured(Path::new("."), &list).unwrap().as_deref(), Some("b"));
    }
}
