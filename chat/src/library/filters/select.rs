//! Filters that apply another filter or a test to each item.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::library::call::{Call, text};
use crate::library::host::Host;
use crate::library::iterate::iterate;
use crate::library::lookup::path;
use crate::value::Value;

pub(super) fn map(host: &dyn Host, value: Value, mut call: Call) -> Result<Value> {
    let attribute = if call.positional.is_empty() {
        call.take("attribute")
    } else {
        None
    };
    let items = truthy_items(host, &value)?;
    let mapped: Result<Vec<Value>> = match attribute {
        Some(attribute) => {
            let default = call.take("default").filter(|default| !matches!(default, Value::None));
            call.bind("map", [], 0)?;
            items
                .iter()
                .map(|item| path(item, &attribute, default.as_ref()))
                .collect()
        }
        None => {
            let (name, call) = function(call, "map")?;
            items
                .into_iter()
                .map(|item| host.filter(&name, item, call.clone()))
                .collect()
        }
    };
    Ok(Value::generator(mapped?))
}

pub(super) fn select(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    choose(host, &value, call, true, false)
}

pub(super) fn reject(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    choose(host, &value, call, false, false)
}

pub(super) fn select_attribute(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    choose(host, &value, call, true, true)
}

pub(super) fn reject_attribute(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    choose(host, &value, call, false, true)
}

/// The items for which the test that the arguments name gives `wanted`; of their attribute, if `by_attribute`.
fn choose(host: &dyn Host, value: &Value, mut call: Call, wanted: bool, by_attribute: bool) -> Result<Value> {
    let items = truthy_items(host, value)?;
    let attribute = if !by_attribute {
        None
    } else if call.positional.is_empty() {
        return Err(Error::new("the filter needs the name of an attribute"));
    } else {
        Some(call.positional.remove(0))
    };
    let test = if call.positional.is_empty() {
        None
    } else {
        Some(function(call, "the filter")?)
    };
    let mut chosen = Vec::new();
    for item in items {
        let tested = match &attribute {
            Some(attribute) => path(&item, attribute, None)?,
            None => item.clone(),
        };
        let holds = match &test {
            Some((name, call)) => host.test(name, &tested, call.clone())?,
            None => tested.truth(),
        };
        if holds == wanted {
            chosen.push(item);
        }
    }
    Ok(Value::generator(chosen))
}

/// The name that comes first among the arguments, and the others.
fn function(mut call: Call, what: &str) -> Result<(Arc<str>, Call)> {
    if call.positional.is_empty() {
        return Err(Error::new(format!("{what} needs the name of a filter or test")));
    }
    let name = text(&call.positional.remove(0), "the name of a filter or test")?;
    Ok((name.as_str().into(), call))
}

/// The items of a value that counts as true; those that do not are never looped over.
fn truthy_items(host: &dyn Host, value: &Value) -> Result<Vec<Value>> {
    if value.truth() {
        iterate(host, value)
    } else {
        Ok(Vec::new())
    }
}
