//! The turns of a conversation in a data set.

use serde_json::Value;

/// The role of a turn: `{"role", "content"}`, or `{"from", "value"}` as in ShareGPT.
pub(crate) fn role(turn: &Value) -> Option<&str> {
    let role = turn.get("role").or_else(|| turn.get("from"))?.as_str()?;
    Some(match role.to_lowercase().as_str() {
        "user" | "human" | "prompter" => "user",
        "assistant" | "gpt" | "bot" | "model" | "chatgpt" => "assistant",
        "system" | "developer" => "system",
        _ => role,
    })
}

/// The role of the first of some turns; `None` if they are something else.
pub(crate) fn role_of_first(turns: &[Value]) -> Option<&str> {
    role(turns.first()?)
}

/// The text of a turn, and whether it has parts that are no text.
pub(crate) fn content(turn: &Value) -> Option<(String, bool)> {
    match turn.get("content").or_else(|| turn.get("value"))? {
        Value::String(text) => Some((text.clone(), false)),
        Value::Array(parts) => {
            let texts: Vec<&str> = parts.iter().filter_map(|part| part.get("text")?.as_str()).collect();
            Some((texts.join("\n"), texts.len() < parts.len()))
        }
        _ => None,
    }
}
