//! Equality, order and membership, as in Python.

use std::cmp::Ordering;
use std::rc::Rc;

use super::data::{Value, View};
use crate::error::{Error, Result};

/// `a == b`.
pub(crate) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::None, Value::None) | (Value::Undefined(_), Value::Undefined(_)) => true,
        (Value::List(a), Value::List(b)) => all_equal(a, b),
        (Value::Tuple(_) | Value::Group(_), Value::Tuple(_) | Value::Group(_)) => all_equal(tuple(a), tuple(b)),
        (Value::Dict(a), Value::Dict(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, value)| b.get(key).is_some_and(|other| equal(value, other)))
        }
        (Value::View(View::Keys, a), Value::View(View::Keys, b)) => {
            a.len() == b.len() && a.iter().all(|(key, _)| b.get(key).is_some())
        }
        (Value::Range(a), Value::Range(b)) => a.len() == b.len() && (0..a.len().min(2)).all(|i| a.at(i) == b.at(i)),
        (Value::Namespace(a), Value::Namespace(b)) => Rc::ptr_eq(a, b),
        (Value::Macro(a), Value::Macro(b)) => Rc::ptr_eq(a, b),
        (Value::Iterator(a), Value::Iterator(b)) => Rc::ptr_eq(a, b),
        (Value::Loop(a), Value::Loop(b)) => Rc::ptr_eq(a, b),
        (Value::Function(a), Value::Function(b)) => a == b,
        _ => match (a.as_int(), b.as_int()) {
            (Some(a), Some(b)) => a == b,
            _ => matches!((a.as_float(), b.as_float()), (Some(a), Some(b)) if a == b),
        },
    }
}

fn tuple(value: &Value) -> &[Value] {
    match value {
        Value::Tuple(items) | Value::Group(items) => items,
        _ => &[],
    }
}

fn all_equal(a: &[Value], b: &[Value]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
}

/// How `a` compares with `b`; `None` if one is not a number.
///
/// # Errors
/// If Python cannot order the two, as `1 < "a"`.
pub(crate) fn order(a: &Value, b: &Value, operator: &str) -> Result<Option<Ordering>> {
    if let (Some(a), Some(b)) = (a.as_int(), b.as_int()) {
        return Ok(Some(a.cmp(&b)));
    }
    if let (Some(a), Some(b)) = (a.as_float(), b.as_float()) {
        return Ok(a.partial_cmp(&b));
    }
    match (a, b) {
        (Value::Undefined(message), _) | (_, Value::Undefined(message)) => Err(Error::new(&**message)),
        // Bytes of UTF-8 are in the order of characters.
        (Value::Str(a), Value::Str(b)) => Ok(Some(a.as_str().cmp(b.as_str()))),
        (Value::List(a), Value::List(b)) => order_all(a, b, operator),
        (Value::Tuple(_) | Value::Group(_), Value::Tuple(_) | Value::Group(_)) => {
            order_all(tuple(a), tuple(b), operator)
        }
        _ => Err(Error::new(format!(
            "`{operator}` cannot compare `{}` with `{}`",
            a.type_name(),
            b.type_name()
        ))),
    }
}

fn order_all(a: &[Value], b: &[Value], operator: &str) -> Result<Option<Ordering>> {
    for (a, b) in a.iter().zip(b) {
        if !equal(a, b) {
            return order(a, b, operator);
        }
    }
    Ok(Some(a.len().cmp(&b.len())))
}

/// `item in container`.
pub(crate) fn contains(container: &Value, item: &Value) -> Result<bool> {
    let among = |items: &[Value]| items.iter().any(|other| equal(item, other));
    match container {
        Value::Str(text) => match item {
            Value::Str(part) => Ok(text.as_str().contains(part.as_str())),
            Value::Undefined(message) => Err(Error::new(&**message)),
            _ => Err(Error::new(format!(
                "`in` a string needs a string, not `{}`",
                item.type_name()
            ))),
        },
        Value::List(items) | Value::Tuple(items) | Value::Group(items) => Ok(among(items)),
        Value::Dict(dict) | Value::View(View::Keys, dict) => match item {
            Value::List(_) | Value::Dict(_) => Err(Error::new(format!("unhashable type: `{}`", item.type_name()))),
            _ => Ok(dict.get(item).is_some()),
        },
        Value::View(View::Values, dict) => Ok(dict.iter().any(|(_, value)| equal(value, item))),
        Value::View(View::Items, dict) => match tuple(item) {
            [key, value] => Ok(dict.get(key).is_some_and(|found| equal(found, value))),
            _ => Ok(false),
        },
        Value::Range(range) => Ok(item.as_int().is_some_and(|value| {
            let from_start = value - range.start;
            from_start % range.step == 0 && (0..range.len() as i128).contains(&(from_start / range.step))
        })),
        Value::Undefined(_) => Ok(false),
        Value::Iterator(walk) => Ok(walk.borrow_mut().items.any(|other| equal(item, &other))),
        _ => Err(Error::new(format!("`in` cannot search `{}`", container.type_name()))),
    }
}
