//! Methods of strings.

use super::{case, pad, search, split};
use crate::error::{Error, Result};
use crate::library::call::{Call, int, text};
use crate::library::host::Host;
use crate::library::iterate::iterate;
use crate::library::{brace_format, lookup};
use crate::value::{Text, TextBuf, Value};

/// Calls the method `name` of `receiver`.
pub(super) fn call(host: &dyn Host, receiver: &Text, name: &str, call: Call) -> Result<Value> {
    host.budget().bytes(receiver.len())?;
    match name {
        "capitalize" | "casefold" | "lower" | "swapcase" | "title" | "upper" => {
            call.bind(name, [], 0)?;
            Ok(case::change(receiver, name).into())
        }
        "isalnum" | "isalpha" | "isascii" | "isdecimal" | "isdigit" | "isidentifier" | "islower" | "isnumeric"
        | "isprintable" | "isspace" | "istitle" | "isupper" => {
            call.bind(name, [], 0)?;
            Ok(Value::Bool(case::is(receiver.as_str(), name)))
        }
        "center" | "ljust" | "rjust" | "zfill" | "expandtabs" => pad::call(host, receiver, name, call),
        "count" | "find" | "index" | "rfind" | "rindex" | "startswith" | "endswith" => {
            search::call(receiver, name, call)
        }
        "split" | "rsplit" | "splitlines" | "partition" | "rpartition" => split::call(host, receiver, name, call),
        "strip" | "lstrip" | "rstrip" => {
            let [chars] = call.bind(name, ["chars"], 0)?;
            let chars = match chars {
                None | Some(Value::None) => None,
                Some(chars) => Some(text(&chars, "the characters to strip")?),
            };
            Ok(split::strip(receiver, chars.as_ref(), name != "rstrip", name != "lstrip").into())
        }
        "removeprefix" | "removesuffix" => {
            let [part] = call.bind(name, ["part"], 1)?;
            let part = text(&part.unwrap_or(Value::None), name)?;
            let whole = receiver.as_str();
            let rest = match name {
                "removeprefix" => whole.strip_prefix(part.as_str()),
                _ => whole.strip_suffix(part.as_str()),
            };
            Ok(receiver.part(rest.unwrap_or(whole)).into())
        }
        "replace" => {
            let [old, new, count] = call.bind(name, ["old", "new", "count"], 2)?;
            let old = text(&old.unwrap_or(Value::None), "what `replace` searches")?;
            let new = text(&new.unwrap_or(Value::None), "what `replace` puts in")?;
            let count = count.map_or(Ok(-1), |count| int(&count, "`count`"))?;
            Ok(replace(host, receiver, &old, &new, usize::try_from(count).ok())?.into())
        }
        "join" => {
            let [items] = call.bind(name, ["iterable"], 1)?;
            let items = iterate(host, &items.unwrap_or(Value::None))?;
            let items: Result<Vec<Text>> = items.iter().map(|item| text(item, "what `join` joins")).collect();
            Ok(join(host, receiver, &items?)?.into())
        }
        "format" => brace_format::format(host, receiver, &call.positional.clone(), &|name| {
            call.named
                .iter()
                .find(|(known, _)| known.as_str() == name)
                .map(|(_, value)| value.clone())
        }),
        "format_map" => {
            let [mapping] = call.bind(name, ["mapping"], 1)?;
            let mapping = mapping.unwrap_or(Value::None);
            brace_format::format(host, receiver, &[], &|name| {
                lookup::subscript(&mapping, &name.into())
                    .ok()
                    .filter(|value| !value.is_undefined())
            })
        }
        _ => Err(Error::new(format!("the string method `{name}` is not supported"))),
    }
}

/// `text.replace(old, new, count)`.
pub(crate) fn replace(host: &dyn Host, text: &Text, old: &Text, new: &Text, count: Option<usize>) -> Result<Text> {
    let places = || {
        text.as_str()
            .match_indices(old.as_str())
            .take(count.unwrap_or(usize::MAX))
    };
    let replaced = places().count();
    host.budget()
        .bytes(text.len().saturating_add(replaced.saturating_mul(new.len())))?;
    if replaced == 0 {
        return Ok(text.clone());
    }
    let mut out = TextBuf::default();
    let mut done = 0;
    for (at, _) in places() {
        out.push_slice(text, done..at);
        out.push(new);
        done = at + old.len();
    }
    out.push_slice(text, done..text.len());
    Ok(out.finish())
}

/// `separator.join(items)`.
pub(crate) fn join(host: &dyn Host, separator: &Text, items: &[Text]) -> Result<Text> {
    let lengths = items.iter().map(Text::len).fold(0, usize::saturating_add);
    host.budget()
        .bytes(lengths.saturating_add(separator.len().saturating_mul(items.len())))?;
    let mut out = TextBuf::default();
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(separator);
        }
        out.push(item);
    }
    Ok(out.finish())
}
