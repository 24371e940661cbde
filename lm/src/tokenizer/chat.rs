//! The chat template of a model folder.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serl_chat::{Conversation, Message, Rendered, Template};

use super::files::Source;
use crate::LmError;

/// A folder's chat template, or none.
#[derive(Debug)]
pub(super) struct Chat {
    folder: PathBuf,
    special_tokens: BTreeMap<String, String>,
    template: Option<(Source, Result<Template, serl_chat::Error>)>,
}

impl Chat {
    /// The template of `folder`. One that does not parse is an error only where it is used: a base model may be asked
    /// without it.
    pub fn new(folder: PathBuf, source: Option<Source>, special_tokens: BTreeMap<String, String>) -> Self {
        let template = source.map(|source| {
            let template = Template::parse(&source.text);
            (source, template)
        });
        Self {
            folder,
            special_tokens,
            template,
        }
    }

    /// The text of a conversation.
    pub fn render(&self, conversation: &Conversation) -> Result<Rendered, LmError> {
        let Some((source, template)) = &self.template else {
            return Err(LmError::NoChatTemplate {
                folder: self.folder.clone(),
            });
        };
        let rendered = match template {
            Ok(template) => template.render(conversation, &self.special_tokens),
            Err(error) => Err(error.clone()),
        };
        rendered.map_err(|error| LmError::ChatTemplate {
            path: source.path.clone(),
            message: error.to_string(),
        })
    }

    /// What the template writes after a turn of the assistant; nothing if it has none or does not show the turn.
    pub fn after_assistant(&self) -> Option<String> {
        const PROBE: &str = "probe";
        let conversation = Conversation {
            add_generation_prompt: false,
            ..Conversation::prompt(&[Message::user("?"), Message::assistant(PROBE)])
        };
        let rendered = self.render(&conversation).ok()?;
        let (_, after) = rendered.text().rsplit_once(PROBE)?;
        Some(after.to_owned())
    }

    /// Whether the template's source mentions `token`.
    pub fn mentions(&self, token: &str) -> bool {
        self.template
            .as_ref()
            .is_some_and(|(source, _)| source.text.contains(token))
    }
}
