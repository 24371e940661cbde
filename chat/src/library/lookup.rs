//! Attributes and items of values, as Jinja2's immutable sandbox finds them.

use super::methods;
use crate::error::{Error, Result};
use crate::value::{Bound, Loop, Value, item};

/// Methods that change their value, which the sandbox refuses.
const CHANGES_LIST: [&str; 8] = [
    "append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove",
];
const CHANGES_DICT: [&str; 5] = ["clear", "pop", "popitem", "setdefault", "update"];

/// `value.name`: an attribute first, then an item.
pub(crate) fn attribute(value: &Value, name: &str) -> Result<Value> {
    if let Value::Undefined(message) = value {
        return Err(Error::new(&**message));
    }
    if let Some(found) = own(value, name) {
        return Ok(found);
    }
    Ok(item(value, &name.into()).unwrap_or_else(|| missing(value, &format!("attribute `{name}`"))))
}

/// `value[key]`: an item first, then an attribute.
pub(crate) fn subscript(value: &Value, key: &Value) -> Result<Value> {
    if let Value::Undefined(message) = value {
        return Err(Error::new(&**message));
    }
    if let Some(found) = item(value, key) {
        return Ok(found);
    }
    let name = key.as_text().map(|text| text.as_str());
    if let Some(found) = name.and_then(|name| own(value, name)) {
        return Ok(found);
    }
    Ok(match (name, key) {
        (Some(name), _) => missing(value, &format!("attribute `{name}`")),
        (None, Value::Int(index)) => missing(value, &format!("item {index}")),
        (None, _) => missing(value, &format!("item of the type `{}`", key.type_name())),
    })
}

fn missing(value: &Value, what: &str) -> Value {
    Value::undefined(format!("`{}` has no {what}", value.type_name()))
}

/// What Python's `getattr` would find.
fn own(value: &Value, name: &str) -> Option<Value> {
    let refused = match value {
        Value::List(_) => CHANGES_LIST.contains(&name),
        Value::Dict(_) => CHANGES_DICT.contains(&name),
        _ => false,
    };
    if refused {
        let kind = value.type_name();
        return Some(Value::undefined(format!(
            "`{name}` would change a `{kind}`, which a template must not do"
        )));
    }
    let plain = match (value, name) {
        (Value::Loop(state), _) => of_loop(state, name),
        (Value::Macro(value), "name") => Some(Value::from(&*value.definition.name)),
        (Value::Macro(value), "arguments") => {
            let names = value.definition.params.iter().map(|(name, _)| Value::from(&**name));
            Some(Value::tuple(names.collect()))
        }
        (Value::Macro(value), "catch_kwargs") => Some(Value::Bool(value.definition.uses.kwargs)),
        (Value::Macro(value), "catch_varargs") => Some(Value::Bool(value.definition.uses.varargs)),
        (Value::Macro(value), "caller") => Some(Value::Bool(value.definition.uses.caller)),
        (Value::Group(items), "grouper") => items.first().cloned(),
        (Value::Group(items), "list") => items.get(1).cloned(),
        (Value::Range(range), "start") => Some(Value::Int(range.start)),
        (Value::Range(range), "stop") => Some(Value::Int(range.stop)),
        (Value::Range(range), "step") => Some(Value::Int(range.step)),
        (Value::Cycler(cycler), "current") => cycler.items.get(cycler.at.get()).cloned(),
        (Value::Int(_) | Value::Float(_), "real") => Some(value.clone()),
        _ => None,
    };
    plain.or_else(|| {
        let name = methods::find(value, name)?;
        let receiver = value.clone();
        Some(Value::Method(std::rc::Rc::new(Bound { receiver, name })))
    })
}

fn of_loop(state: &Loop, name: &str) -> Option<Value> {
    let index = state.index.get();
    let length = state.items.len();
    let neighbour = |index: Option<usize>, message: &str| {
        let item = index.and_then(|index| state.items.get(index));
        item.cloned().unwrap_or_else(|| Value::undefined(message))
    };
    Some(match name {
        "index" => (index + 1).into(),
        "index0" => index.into(),
        "revindex" => (length - index).into(),
        "revindex0" => (length - index - 1).into(),
        "first" => Value::Bool(index == 0),
        "last" => Value::Bool(index + 1 == length),
        "length" => length.into(),
        "depth" => (state.depth + 1).into(),
        "depth0" => state.depth.into(),
        "previtem" => neighbour(index.checked_sub(1), "there is no previous item"),
        "nextitem" => neighbour(Some(index + 1), "there is no next item"),
        _ => return None,
    })
}

/// The attribute that filters such as `map` take: names and indices with dots between them.
pub(crate) fn path(value: &Value, path: &Value, default: Option<&Value>) -> Result<Value> {
    let Some(text) = path.as_text() else {
        return match path {
            Value::None => Ok(value.clone()),
            _ => or_default(subscript(value, path)?, default),
        };
    };
    let mut found = value.clone();
    for part in text.as_str().split('.') {
        let is_index = !part.is_empty() && part.bytes().all(|c| c.is_ascii_digit());
        let key = match part.parse::<i128>() {
            Ok(index) if is_index => Value::Int(index),
            _ => part.into(),
        };
        found = or_default(subscript(&found, &key)?, default)?;
    }
    Ok(found)
}

fn or_default(found: Value, default: Option<&Value>) -> Result<Value> {
    Ok(match default {
        Some(default) if found.is_undefined() => default.clone(),
        _ => found,
    })
}
