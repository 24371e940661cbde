//! Conversations, as a template gets them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::value::Value;

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// `system`, `user`, `assistant`, or another role that the template knows.
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

impl From<&Message> for Map<String, Json> {
    fn from(message: &Message) -> Self {
        Self::from_iter([
            ("role".to_owned(), Json::from(message.role.as_str())),
            ("content".to_owned(), Json::from(message.content.as_str())),
        ])
    }
}

/// What a prompt is made of: the variables that `transformers` gives to a template.
#[derive(Debug, Clone, Default)]
pub struct Conversation {
    /// The turns, as objects with `role`, `content` and whatever else the template reads.
    pub messages: Vec<Map<String, Json>>,
    /// Whether the header of the assistant's turn ends the prompt.
    pub add_generation_prompt: bool,
}

impl Conversation {
    /// A prompt: the assistant's turn is next.
    pub fn prompt(messages: &[Message]) -> Self {
        Self {
            messages: messages.iter().map(Map::from).collect(),
            add_generation_prompt: true,
        }
    }

    /// The messages as values. Texts of users and tools are marked as data.
    pub(crate) fn messages(&self) -> Value {
        Value::list(self.messages.iter().map(message).collect())
    }
}

/// Names under which a message's reasoning is passed, the one that templates read first.
const REASONING: [&str; 3] = ["reasoning_content", "thinking", "reasoning"];

/// A message without the fields that are null, its reasoning under the names that templates read, as `transformers`
/// passes it.
fn message(fields: &Map<String, Json>) -> Value {
    let field = |name: &str| fields.get(name).filter(|value| !value.is_null());
    let reasoning = REASONING.iter().find_map(|name| field(name));
    let role = field("role").and_then(Json::as_str);
    let is_data = !matches!(role, Some("system" | "developer" | "assistant" | "model"));
    let value = |name: &str, json: &Json| {
        let value = Value::from_json(json, is_data && name != "role");
        (Value::from(name), value)
    };
    let alias = reasoning.map(|reasoning| value("thinking", reasoning));
    let own = fields
        .iter()
        .filter(|(_, json)| !json.is_null())
        .map(|(name, json)| value(name, json));
    let first = reasoning.map(|reasoning| value(REASONING[0], reasoning));
    Value::dict(alias.into_iter().chain(own).chain(first).collect())
}
