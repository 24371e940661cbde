//! The text of a value: a text, a number, or the turns of a conversation.

use serde_json::Value;

use super::columns::kind;
use crate::turns::{content, role, role_of_first};

/// A value as a text that the policy can be asked.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Asked {
    /// The text; `None` if it is blank.
    pub(super) text: Option<String>,
    /// The last answer of a conversation, if it has one.
    pub(super) answer: Option<String>,
    /// Whether the conversation begins with a system turn.
    pub(super) system: bool,
    /// The number of the user's turns; 0 if the value is no conversation.
    pub(super) turns: usize,
    /// Whether a turn has parts that are no text, such as images.
    pub(super) parts: bool,
}

/// The text of a value.
///
/// # Errors
/// What the value is instead.
pub(super) fn asked(value: &Value) -> Result<Asked, String> {
    let text = |text: Option<String>| Asked {
        text,
        ..Asked::default()
    };
    match value {
        Value::Null => Ok(text(None)),
        Value::Number(number) => Ok(text(Some(number.to_string()))),
        Value::String(string) => match turns_in(string) {
            Some(turns) => conversation(&turns),
            None => Ok(text(filled(string))),
        },
        Value::Array(turns) if role_of_first(turns).is_some() => conversation(turns),
        Value::Array(items) if items.is_empty() => Ok(text(None)),
        other => Err(format!("must be a text, not {}", kind(other))),
    }
}

/// The turns of a conversation that was saved as the text of its JSON.
fn turns_in(text: &str) -> Option<Vec<Value>> {
    if !text.trim_start().starts_with("[{") {
        return None;
    }
    let turns: Vec<Value> = serde_json::from_str(text).ok()?;
    role_of_first(&turns).is_some().then_some(turns)
}

fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn conversation(turns: &[Value]) -> Result<Asked, String> {
    let mut asked = Asked::default();
    for turn in turns {
        let unknown = || "has a turn without `role` and `content`".to_owned();
        let role = role(turn).ok_or_else(unknown)?;
        let (text, parts) = content(turn).ok_or_else(unknown)?;
        asked.parts |= parts;
        match role {
            "user" => {
                asked.turns += 1;
                asked.text = asked.text.or_else(|| filled(&text));
            }
            "assistant" => asked.answer = filled(&text),
            "system" => asked.system = true,
            _ => {}
        }
    }
    match asked.turns {
        0 => Err("has no turn of the role `user`".into()),
        _ => Ok(asked),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_users_turn_is_the_text() {
        let expected = Asked {
            text: Some("1+1?".into()),
            answer: Some("2".into()),
            system: true,
            turns: 1,
            parts: false,
        };
        let messages = json!([
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": " 1+1? "},
            {"role": "assistant", "content": "2"},
        ]);
        let sharegpt = json!([
            {"from": "system", "value": "Be brief."},
            {"from": "human", "value": "1+1?"},
            {"from": "gpt", "value": "2"},
        ]);
        for value in [&messages, &sharegpt, &Value::String(messages.to_string())] {
            assert_eq!(asked(value).unwrap(), expected);
        }
        let parts = json!([{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "1+1?"}]}]);
        let asked = asked(&parts).unwrap();
        assert_eq!((asked.text.as_deref(), asked.parts), (Some("1+1?"), true));
    }

    #[test]
    fn what_is_no_text_is_named() {
        let cases = [
            (json!([1]), "must be a text, not a list"),
            (
                json!({"a": 1, "b": 2}),
                "must be a text, not an object with `a`, `b` (name one of them after a dot)",
            ),
            (json!(true), "must be a text, not a truth value"),
            (
                json!([{"role": "system", "content": "x"}]),
                "has no turn of the role `user`",
            ),
            (json!([{"role": "user"}]), "has a turn without `role` and `content`"),
        ];
        for (value, reason) in cases {
            assert_eq!(asked(&value).unwrap_err(), reason);
        }
        for blank in [json!(null), json!(" "), json!([])] {
            assert_eq!(asked(&blank).unwrap(), Asked::default());
        }
    }
}
