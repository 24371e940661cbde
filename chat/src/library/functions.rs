//! Functions that every template has.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::call::{Call, int, text, wrong};
use super::host::Host;
use super::iterate::{iterate, range};
use super::strftime::strftime;
use crate::error::{Error, Result};
use crate::value::{Cycler, Dict, Value, to_text};

const NAMES: [&str; 8] = [
    "range",
    "dict",
    "namespace",
    "raise_exception",
    "strftime_now",
    "cycler",
    "joiner",
    "lipsum",
];

/// The function with a name.
pub(crate) fn find(name: &str) -> Option<Value> {
    NAMES
        .iter()
        .find(|known| **known == name)
        .map(|name| Value::Function(name))
}

/// Calls a function.
pub(crate) fn call(host: &dyn Host, name: &str, mut call: Call) -> Result<Value> {
    match name {
        "range" => {
            let Call { positional, .. } = call;
            let bounds: Result<Vec<i128>> = positional
                .iter()
                .map(|bound| int(bound, "a bound of `range`"))
                .collect();
            range(&bounds?)
        }
        "dict" => dict(host, call).map(Value::dict),
        "namespace" => {
            let dict = dict(host, call)?;
            for (name, value) in dict.iter() {
                check_attribute(name, value)?;
            }
            Ok(Value::Namespace(Rc::new(RefCell::new(dict))))
        }
        "raise_exception" => {
            let [message] = call.bind(name, ["message"], 1)?;
            Err(Error::new(
                to_text(host.budget(), &message.unwrap_or(Value::None))?.as_str(),
            ))
        }
        "strftime_now" => {
            let [format] = call.bind(name, ["format"], 1)?;
            let format = text(&format.unwrap_or(Value::None), "the format of `strftime_now`")?;
            host.budget().bytes(format.len().saturating_mul(16))?;
            Ok(strftime(&format).into())
        }
        "cycler" if call.positional.is_empty() => Err(Error::new("`cycler` needs items")),
        "cycler" => Ok(Value::Cycler(Rc::new(Cycler {
            items: call.positional,
            at: Cell::new(0),
        }))),
        "joiner" => {
            let separator = call.take("sep").or_else(|| call.positional.pop());
            let separator =
                separator.map_or_else(|| Ok(", ".into()), |separator| to_text(host.budget(), &separator))?;
            Ok(Value::Joiner(Rc::new((separator, Cell::new(false)))))
        }
        _ => Err(Error::new(format!(
            "`{name}` gives random text, and prompts must not change"
        ))),
    }
}

/// `dict(pairs or mapping, **named)`.
fn dict(host: &dyn Host, mut call: Call) -> Result<Dict> {
    if call.positional.len() > 1 {
        return Err(Error::new("`dict` takes one argument without a name"));
    }
    let mut dict = match call.positional.pop() {
        None => Dict::default(),
        Some(Value::Dict(dict)) => (*dict).clone(),
        Some(pairs) => {
            let mut dict = Dict::default();
            for pair in iterate(host, &pairs)? {
                host.budget().steps(dict.len())?;
                host.budget().bytes(pair.weight())?;
                match iterate(host, &pair)?.as_slice() {
                    [key, value] => dict.insert(key.clone(), value.clone()),
                    _ => return Err(wrong(&pairs, "the argument of `dict`", "pairs of keys and values")),
                }
            }
            dict
        }
    };
    for (name, value) in call.into_dict().iter() {
        dict.insert(name.clone(), value.clone());
    }
    Ok(dict)
}

/// Whether a namespace may have the attribute: no name with an underscore in front, as in `transformers`, and no other
/// namespace, which could come to hold this one.
pub(crate) fn check_attribute(name: &Value, value: &Value) -> Result<()> {
    if name.as_text().is_some_and(|name| name.as_str().starts_with('_')) {
        return Err(Error::new(
            "the name of an attribute of a namespace cannot begin with `_`",
        ));
    }
    if value.holds_namespace() {
        return Err(Error::new("a namespace cannot hold another one"));
    }
    Ok(())
}
