//! Filters of sequences that keep their items as they are.

use crate::error::{Error, Result};
use crate::library::call::{Call, int, text as as_text, wrong};
use crate::library::host::Host;
use crate::library::iterate::iterate;
use crate::library::lookup::{self, path};
use crate::library::methods;
use crate::value::{TextBuf, Value, View, to_text};

pub(super) fn attr(_: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [name] = call.bind("attr", ["name"], 1)?;
    let name = as_text(&name.unwrap_or(Value::None), "the name of an attribute")?;
    if matches!(value, Value::Dict(_)) && methods::find(&value, name.as_str()).is_none() {
        return Ok(Value::undefined(format!("`dict` has no attribute `{}`", name.as_str())));
    }
    lookup::attribute(&value, name.as_str())
}

pub(super) fn length(_: &dyn Host, value: Value, call: Call) -> Result<Value> {
    call.bind("length", [], 0)?;
    let length = value
        .length()
        .ok_or_else(|| Error::new(format!("`{}` has no length", value.type_name())))?;
    Ok(length.into())
}

pub(super) fn default(_: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [default, boolean] = call.bind("default", ["default_value", "boolean"], 0)?;
    let replaces = value.is_undefined() || (boolean.is_some_and(|boolean| boolean.truth()) && !value.truth());
    Ok(if replaces {
        default.unwrap_or_else(|| "".into())
    } else {
        value
    })
}

pub(super) fn first(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    call.bind("first", [], 0)?;
    if let Value::Iterator(walk) = &value {
        let next = walk.borrow_mut().items.next();
        return Ok(next.unwrap_or_else(|| Value::undefined("there is no first item")));
    }
    let first = iterate(host, &value)?.into_iter().next();
    Ok(first.unwrap_or_else(|| Value::undefined("there is no first item")))
}

pub(super) fn last(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    call.bind("last", [], 0)?;
    if matches!(value, Value::Iterator(_)) {
        return Err(Error::new(format!("`{}` cannot be reversed", value.type_name())));
    }
    let last = iterate(host, &value)?.pop();
    Ok(last.unwrap_or_else(|| Value::undefined("there is no last item")))
}

pub(super) fn items(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    call.bind("items", [], 0)?;
    match &value {
        Value::Undefined(_) => Ok(Value::generator(Vec::new())),
        Value::Dict(dict) => {
            let items = iterate(host, &Value::View(View::Items, dict.clone()))?;
            Ok(Value::generator(items))
        }
        _ => Err(wrong(&value, "what `items` is applied to", "a dictionary")),
    }
}

pub(super) fn join(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [separator, attribute] = call.bind("join", ["d", "attribute"], 0)?;
    let separator = separator.map_or_else(|| Ok("".into()), |separator| to_text(host.budget(), &separator))?;
    let mut items = iterate(host, &value)?;
    if let Some(attribute) = attribute.filter(|attribute| !matches!(attribute, Value::None)) {
        for item in &mut items {
            *item = path(item, &attribute, None)?;
        }
    }
    let mut texts = Vec::with_capacity(items.len());
    for item in &items {
        let text = to_text(host.budget(), item)?;
        host.budget().bytes(text.len())?;
        texts.push(text);
    }
    Ok(methods::join(host, &separator, &texts)?.into())
}

pub(super) fn list(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    call.bind("list", [], 0)?;
    Ok(Value::list(iterate(host, &value)?))
}

pub(super) fn reverse(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    call.bind("reverse", [], 0)?;
    if let Value::Str(text) = &value {
        host.budget().bytes(text.len())?;
        let mut reversed = TextBuf::default();
        for (at, c) in text.as_str().char_indices().rev() {
            reversed.push_slice(text, at..at + c.len_utf8());
        }
        return Ok(reversed.finish().into());
    }
    let mut items = iterate(host, &value)?;
    items.reverse();
    Ok(match value {
        Value::Iterator(_) => Value::list(items),
        Value::List(_) => Value::iterator("list_reverseiterator", items),
        Value::Dict(_) => Value::iterator("dict_reversekeyiterator", items),
        Value::Range(_) => Value::iterator("range_iterator", items),
        _ => Value::iterator("reversed", items),
    })
}

/// The argument as a number of items, at least 1.
pub(super) fn count(value: Option<Value>, what: &str) -> Result<usize> {
    let count = int(&value.unwrap_or(Value::None), what)?;
    usize::try_from(count)
        .ok()
        .filter(|&count| count > 0)
        .ok_or_else(|| Error::new(format!("{what} must be above 0")))
}
