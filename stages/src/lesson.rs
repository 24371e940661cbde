//! What a row of a data set has for the policy to learn, under the names that data sets use.
//!
//! Knows columns and turns, no tokens.

use serde_json::{Map, Value};
use serl_artifacts::dataset::Content;
use serl_lm::Message;

use crate::turns::{content, role, role_of_first};

/// Columns of a prompt, of what an instruction is about, of a completion, and of a conversation.
const PROMPTS: [&str; 6] = ["prompt", "instruction", "question", "problem", "query", "input"];
const INPUTS: [&str; 2] = ["input", "context"];
const COMPLETIONS: [&str; 5] = ["completion", "response", "output", "answer", "solution"];
const CONVERSATIONS: [&str; 3] = ["messages", "conversations", "conversation"];

/// All columns that are read.
pub(crate) fn columns() -> impl Iterator<Item = &'static str> {
    ["text"]
        .into_iter()
        .chain(PROMPTS)
        .chain(INPUTS)
        .chain(COMPLETIONS)
        .chain(CONVERSATIONS)
}

/// What a row has to learn.
#[derive(Debug, PartialEq)]
pub(crate) enum Lesson {
    /// A text, all of it.
    Text(String),
    /// The completion of a prompt.
    Prompt { prompt: String, completion: String },
    /// The last turn of a conversation.
    Messages { messages: Vec<Message>, completion: String },
}

impl Lesson {
    /// The lesson of a row; `columns` are those of the data set, for messages.
    ///
    /// # Errors
    /// What is missing or is something else.
    pub(crate) fn of(row: &Map<String, Value>, columns: &[(String, Content)]) -> Result<Self, String> {
        let get = |name: &str| {
            let found = row.iter().find(|(column, _)| column.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value).filter(|value| !value.is_null())
        };
        match get("text") {
            Some(Value::String(text)) if text.is_empty() => return Err("`text` is empty".into()),
            Some(Value::String(text)) => return Ok(Self::Text(text.clone())),
            _ => {}
        }
        let prompt = PROMPTS.into_iter().find_map(|name| Some((name, get(name)?)));
        let completion = COMPLETIONS.into_iter().find_map(|name| Some((name, get(name)?)));
        match (prompt, completion) {
            (Some((name, prompt)), Some((_, completion))) => {
                let input = INPUTS.into_iter().find_map(|column| get(column)?.as_str());
                let input = input.filter(|_| name == "instruction");
                pair(prompt, input, completion)
            }
            _ => match CONVERSATIONS.into_iter().find_map(|name| Some((name, get(name)?))) {
                Some((name, turns)) => conversation(name, turns),
                None => {
                    let has: Vec<String> = columns.iter().take(20).map(|(name, _)| format!("`{name}`")).collect();
                    let has = has.join(", ");
                    Err(format!(
                        "needs `text`, or `prompt` and `completion`, or `messages`; the first row has {has}"
                    ))
                }
            },
        }
    }
}

fn pair(prompt: &Value, input: Option<&str>, completion: &Value) -> Result<Lesson, String> {
    let completion = match completion {
        Value::Array(turns) if role_of_first(turns) == Some("assistant") && turns.len() == 1 => {
            content(&turns[0]).map(|(text, _)| text)
        }
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let completion = completion.ok_or("the completion must be a text, or one turn of the role `assistant`")?;
    match prompt {
        Value::String(prompt) => {
            let input = input.filter(|input| !input.trim().is_empty());
            let prompt = input.map_or_else(|| prompt.clone(), |input| format!("{prompt}\n\n{input}"));
            Ok(Lesson::Prompt { prompt, completion })
        }
        Value::Array(turns) => {
            let messages = messages("prompt", turns)?;
            Ok(Lesson::Messages { messages, completion })
        }
        _ => Err("the prompt must be a text or a list of turns".into()),
    }
}

fn conversation(name: &str, turns: &Value) -> Result<Lesson, String> {
    let Value::Array(turns) = turns else {
        return Err(format!("`{name}` must be a list of `role` and `content`"));
    };
    let mut messages = messages(name, turns)?;
    match messages.pop() {
        Some(last) if last.role == "assistant" => Ok(Lesson::Messages {
            messages,
            completion: last.content,
        }),
        _ => Err(format!("`{name}` must end with a message of the role `assistant`")),
    }
}

fn messages(name: &str, turns: &[Value]) -> Result<Vec<Message>, String> {
    let message = |turn: &Value| {
        let (content, has_parts) = content(turn)?;
        let role = role(turn)?.to_owned();
        (!has_parts).then_some(Message { role, content })
    };
    let messages: Option<Vec<Message>> = turns.iter().map(message).collect();
    messages.ok_or_else(|| format!("`{name}` must be a list of `role` and `content`, both texts"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lesson(row: Value) -> Result<Lesson, String> {
        let row: Map<String, Value> = serde_json::from_value(row).unwrap();
        let columns: Vec<(String, Content)> = row.keys().map(|name| (name.clone(), Content::Text)).collect();
        Lesson::of(&row, &columns)
    }

    #[test]
    fn rows_of_every_shape_have_a_lesson() {
        let exchange = |prompt: &str| Lesson::Prompt {
            prompt: prompt.into(),
            completion: "2".into(),
        };
        let turns = || Lesson::Messages {
            messages: vec![Message::user("1+1?")],
            completion: "2".into(),
        };
        let cases = [
            (json!({"text": "a b"}), Lesson::Text("a b".into())),
            (json!({"prompt": "1+1?", "completion": "2"}), exchange("1+1?")),
            (json!({"Question": "1+1?", "Answer": 2}), exchange("1+1?")),
            (
                json!({"instruction": "Add.", "input": "1 and 1", "output": "2"}),
                exchange("Add.\n\n1 and 1"),
            ),
            (
                json!({"instruction": "1+1?", "input": "", "output": "2"}),
                exchange("1+1?"),
            ),
            (
                json!({"messages": [{"role": "user", "content": "1+1?"}, {"role": "assistant", "content": "2"}]}),
                turns(),
            ),
            (
                json!({"conversations": [{"from": "human", "value": "1+1?"}, {"from": "gpt", "value": "2"}]}),
                turns(),
            ),
            (
                json!({
                    "prompt": [{"role": "user", "content": "1+1?"}],
                    "completion": [{"role": "assistant", "content": "2"}],
                }),
                turns(),
            ),
        ];
        for (row, expected) in cases {
            assert_eq!(lesson(row.clone()).as_ref(), Ok(&expected), "{row}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let cases = [
            (
                json!({"a": "x", "b": 1}),
                "needs `text`, or `prompt` and `completion`, or `messages`; the first row has `a`, `b`",
            ),
            (
                json!({"messages": "x"}),
                "`messages` must be a list of `role` and `content`",
            ),
            (
                json!({"messages": [{"role": "user", "content": "x"}]}),
                "`messages` must end with a message of the role `assistant`",
            ),
        ];
        for (row, reason) in cases {
            assert_eq!(lesson(row).unwrap_err(), reason);
        }
    }
}
