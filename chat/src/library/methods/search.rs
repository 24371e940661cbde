//! Methods that look for a part of a string.

use crate::error::{Error, Result};
use crate::library::call::{Call, int, text, wrong};
use crate::value::{Text, Value, slice};

pub(super) fn call(receiver: &Text, name: &str, call: Call) -> Result<Value> {
    let [wanted, start, end] = call.bind(name, ["sub", "start", "end"], 1)?;
    let wanted = wanted.unwrap_or(Value::None);
    let start = start.unwrap_or(Value::None);
    let window = window(receiver, &start, &end.unwrap_or(Value::None))?;
    let is_edge = matches!(name, "startswith" | "endswith");
    let Some((window, offset)) = window else {
        return match name {
            "startswith" | "endswith" => Ok(Value::Bool(false)),
            "count" => Ok(Value::Int(0)),
            _ => not_found(name),
        };
    };
    if is_edge {
        let at_edge = |part: &Text| match name {
            "startswith" => window.as_str().starts_with(part.as_str()),
            _ => window.as_str().ends_with(part.as_str()),
        };
        return match &wanted {
            Value::Str(part) => Ok(Value::Bool(at_edge(part))),
            Value::Tuple(parts) => {
                let parts: Result<Vec<Text>> = parts.iter().map(|part| text(part, name)).collect();
                Ok(Value::Bool(parts?.iter().any(at_edge)))
            }
            _ => Err(wrong(&wanted, name, "a string or a tuple of strings")),
        };
    }
    let part = text(&wanted, name)?;
    let place = match name {
        "count" if part.len() == 0 => return Ok((window.chars() + 1).into()),
        "count" => return Ok(window.as_str().matches(part.as_str()).count().into()),
        "find" | "index" => window.as_str().find(part.as_str()),
        _ => window.as_str().rfind(part.as_str()),
    };
    match place {
        Some(at) => Ok((offset + window.as_str()[..at].chars().count()).into()),
        None => not_found(name),
    }
}

fn not_found(name: &str) -> Result<Value> {
    match name {
        "find" | "rfind" => Ok(Value::Int(-1)),
        _ => Err(Error::new(format!("`{name}` does not find the substring"))),
    }
}

/// The characters from `start` to `end`, and how many come before; nothing if `start` is behind the end.
fn window(receiver: &Text, start: &Value, end: &Value) -> Result<Option<(Text, usize)>> {
    if matches!((start, end), (Value::None, Value::None)) {
        return Ok(Some((receiver.clone(), 0)));
    }
    let length = receiver.chars() as i128;
    let from = match start {
        Value::None => 0,
        _ => int(start, "the start")?,
    };
    let from = if from < 0 { (from + length).max(0) } else { from };
    if from > length {
        return Ok(None);
    }
    let window = slice(&Value::Str(receiver.clone()), [start, end, &Value::None])?;
    Ok(window
        .as_ref()
        .and_then(Value::as_text)
        .map(|window| (window.clone(), from as usize)))
}
