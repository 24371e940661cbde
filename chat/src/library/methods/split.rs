//! Methods that cut a string.

use crate::error::{Error, Result};
use crate::library::call::{Call, int, text};
use crate::library::host::Host;
use crate::value::{Text, Value, is_space};

pub(super) fn call(host: &dyn Host, receiver: &Text, name: &str, call: Call) -> Result<Value> {
    let parts = match name {
        "splitlines" => {
            let [keep] = call.bind(name, ["keepends"], 0)?;
            lines(receiver.as_str(), keep.is_some_and(|keep| keep.truth()))
        }
        "split" | "rsplit" => {
            let [separator, limit] = call.bind(name, ["sep", "maxsplit"], 0)?;
            let limit = limit.map_or(Ok(-1), |limit| int(&limit, "`maxsplit`"))?;
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            match separator {
                None | Some(Value::None) => words(receiver.as_str(), limit, name == "rsplit"),
                Some(separator) => pieces(receiver.as_str(), &separator, limit, name == "rsplit")?,
            }
        }
        _ => {
            let [separator] = call.bind(name, ["sep"], 1)?;
            return partition(receiver, &separator.unwrap_or(Value::None), name == "rpartition");
        }
    };
    host.budget().steps(parts.len())?;
    Ok(Value::list(
        parts.into_iter().map(|part| receiver.part(part).into()).collect(),
    ))
}

fn non_empty(separator: &Value) -> Result<Text> {
    let separator = text(separator, "the separator")?;
    if separator.len() == 0 {
        return Err(Error::new("the separator is empty"));
    }
    Ok(separator)
}

fn pieces<'t>(whole: &'t str, separator: &Value, limit: usize, from_right: bool) -> Result<Vec<&'t str>> {
    let separator = non_empty(separator)?;
    let limit = limit.saturating_add(1);
    if !from_right {
        return Ok(whole.splitn(limit, separator.as_str()).collect());
    }
    let mut parts: Vec<&str> = whole.rsplitn(limit, separator.as_str()).collect();
    parts.reverse();
    Ok(parts)
}

/// The words between whitespace; after `limit` cuts, the rest as it is.
fn words(whole: &str, limit: usize, from_right: bool) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = if from_right {
        whole.trim_end_matches(is_space)
    } else {
        whole.trim_start_matches(is_space)
    };
    while !rest.is_empty() {
        let cut = if from_right {
            rest.rfind(is_space)
        } else {
            rest.find(is_space)
        };
        let Some(at) = cut.filter(|_| words.len() < limit) else {
            words.push(rest);
            break;
        };
        if from_right {
            let after = at + rest[at..].chars().next().map_or(1, char::len_utf8);
            words.push(&rest[after..]);
            rest = rest[..at].trim_end_matches(is_space);
        } else {
            words.push(&rest[..at]);
            rest = rest[at..].trim_start_matches(is_space);
        }
    }
    if from_right {
        words.reverse();
    }
    words
}

/// The lines of a text, at all the line breaks that Python knows.
pub(crate) fn lines(whole: &str, keep_ends: bool) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = whole;
    while !rest.is_empty() {
        let is_break = |c| {
            matches!(
                c,
                '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}'
            )
        };
        let Some((at, c)) = rest.char_indices().find(|&(_, c)| is_break(c)) else {
            lines.push(rest);
            break;
        };
        let end = at
            + if rest[at..].starts_with("\r\n") {
                2
            } else {
                c.len_utf8()
            };
        lines.push(&rest[..if keep_ends { end } else { at }]);
        rest = &rest[end..];
    }
    lines
}

fn partition(whole: &Text, separator: &Value, from_right: bool) -> Result<Value> {
    let separator = non_empty(separator)?;
    let text = whole.as_str();
    let place = if from_right {
        text.rfind(separator.as_str())
    } else {
        text.find(separator.as_str())
    };
    let empty = || Value::from("");
    Ok(Value::tuple(match place {
        Some(at) => {
            let after = at + separator.len();
            vec![
                whole.slice(0..at).into(),
                whole.slice(at..after).into(),
                whole.slice(after..whole.len()).into(),
            ]
        }
        None if from_right => vec![empty(), empty(), whole.clone().into()],
        None => vec![whole.clone().into(), empty(), empty()],
    }))
}

/// `text.strip(chars)`, on the given sides.
pub(crate) fn strip(text: &Text, chars: Option<&Text>, left: bool, right: bool) -> Text {
    let strips = |c: char| chars.map_or_else(|| is_space(c), |chars| chars.as_str().contains(c));
    let mut rest = text.as_str();
    if left {
        rest = rest.trim_start_matches(strips);
    }
    if right {
        rest = rest.trim_end_matches(strips);
    }
    text.part(rest)
}
