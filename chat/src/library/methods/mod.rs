//! Methods of values.

mod case;
mod names;
mod pad;
mod search;
mod split;
mod text;

use std::rc::Rc;

pub(crate) use case::{cased, change};
pub(crate) use names::find;
pub(crate) use pad::{center, filled};
pub(crate) use split::{lines, strip};
pub(crate) use text::{join, replace};

use super::call::Call;
use super::host::Host;
use crate::error::{Error, Result};
use crate::value::{Bound, Dict, Sequence, Value, View, equal};

/// Calls a method.
pub(crate) fn call(host: &dyn Host, method: &Bound, call: Call) -> Result<Value> {
    let name = method.name;
    match &method.receiver {
        Value::Str(receiver) => text::call(host, receiver, name, call),
        Value::Dict(dict) => of_dict(host, dict, name, call),
        Value::List(items) if name == "copy" => {
            call.bind(name, [], 0)?;
            Ok(Value::List(items.clone()))
        }
        Value::List(items) | Value::Tuple(items) | Value::Group(items) => of_sequence(host, items, name, call),
        Value::Range(range) => {
            let items: Vec<Value> = (0..range.len()).map(|index| Value::Int(range.at(index))).collect();
            of_sequence(host, &items.into(), name, call)
        }
        Value::Loop(state) if name == "changed" => {
            let weight = call.positional.iter().map(Value::weight).fold(0, usize::saturating_add);
            host.budget().bytes(weight)?;
            let mut last = state.changed.borrow_mut();
            let same = |last: &Vec<Value>| {
                last.len() == call.positional.len() && last.iter().zip(&call.positional).all(|(a, b)| equal(a, b))
            };
            let changed = !last.as_ref().is_some_and(same);
            *last = Some(call.positional);
            Ok(Value::Bool(changed))
        }
        Value::Loop(state) => match call.positional.len() {
            0 => Err(Error::new("`loop.cycle` needs items")),
            length => Ok(call.positional[state.index.get() % length].clone()),
        },
        Value::Cycler(cycler) => {
            call.bind(name, [], 0)?;
            let at = cycler.at.get();
            let next = if name == "next" {
                (at + 1) % cycler.items.len()
            } else {
                0
            };
            cycler.at.set(next);
            Ok(if name == "next" {
                cycler.items[at].clone()
            } else {
                Value::None
            })
        }
        Value::Float(value) => Ok(Value::Bool(value.fract() == 0.0)),
        Value::Function(_) => {
            let [keys, value] = call.bind("dict.fromkeys", ["iterable", "value"], 1)?;
            let value = value.unwrap_or(Value::None);
            let keys = super::iterate::iterate(host, &keys.unwrap_or(Value::None))?;
            host.budget().steps(keys.len().saturating_mul(keys.len()) / 16)?;
            Ok(Value::dict(keys.into_iter().map(|key| (key, value.clone())).collect()))
        }
        _ => Err(Error::new(format!("`{name}` cannot be called"))),
    }
}

fn of_dict(host: &dyn Host, dict: &Rc<Dict>, name: &str, call: Call) -> Result<Value> {
    host.budget().steps(1 + dict.len() / 16)?;
    let view = |part| Ok(Value::View(part, dict.clone()));
    if name == "get" {
        let [key, default] = call.bind(name, ["key", "default"], 1)?;
        let key = key.unwrap_or(Value::None);
        host.budget().bytes(key.weight())?;
        let found = dict.get(&key).cloned();
        return Ok(found.or(default).unwrap_or(Value::None));
    }
    call.bind(name, [], 0)?;
    match name {
        "items" => view(View::Items),
        "keys" => view(View::Keys),
        "values" => view(View::Values),
        _ => Ok(Value::Dict(dict.clone())),
    }
}

fn of_sequence(host: &dyn Host, items: &Sequence, name: &str, call: Call) -> Result<Value> {
    host.budget().steps(items.len())?;
    let [value] = call.bind(name, ["value"], 1)?;
    let value = value.unwrap_or(Value::None);
    host.budget()
        .bytes(value.weight().saturating_mul(items.len()).min(items.weight()))?;
    if name == "count" {
        return Ok(items.iter().filter(|item| equal(item, &value)).count().into());
    }
    match items.iter().position(|item| equal(item, &value)) {
        Some(index) => Ok(index.into()),
        None => Err(Error::new("the value of `index` is not in the list")),
    }
}
