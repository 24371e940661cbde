//! Tests: what may follow `is`.

use std::cmp::Ordering;
use std::rc::Rc;

use super::call::{Call, int};
use super::filters;
use super::host::Host;
use crate::error::{Error, Result};
use crate::syntax::ast::Operator;
use crate::value::{Value, contains, equal, operate, order, to_text};

const NAMES: [&str; 39] = [
    "odd",
    "even",
    "divisibleby",
    "defined",
    "undefined",
    "filter",
    "test",
    "none",
    "boolean",
    "false",
    "true",
    "integer",
    "float",
    "lower",
    "upper",
    "string",
    "mapping",
    "number",
    "sequence",
    "iterable",
    "callable",
    "sameas",
    "escaped",
    "in",
    "==",
    "eq",
    "equalto",
    "!=",
    "ne",
    ">",
    "gt",
    "greaterthan",
    "ge",
    ">=",
    "<",
    "lt",
    "lessthan",
    "<=",
    "le",
];

/// `value is name(…)`.
pub(crate) fn apply(host: &dyn Host, name: &str, value: &Value, call: Call) -> Result<bool> {
    host.budget().steps(1)?;
    if !NAMES.contains(&name) {
        return Err(Error::new(format!("there is no test `{name}`")));
    }
    let other = |call: Call| {
        let [other] = call.bind(name, ["other"], 1)?;
        let other = other.unwrap_or(Value::None);
        host.budget().bytes(other.weight())?;
        Ok::<Value, Error>(other)
    };
    match name {
        "divisibleby" => {
            let divisor = int(&other(call)?, "the divisor")?;
            if divisor == 0 {
                return Err(Error::new("division by zero"));
            }
            return Ok(int(value, "what is divided")? % divisor == 0);
        }
        "sameas" => return Ok(is_same(value, &other(call)?)),
        "in" => return contains(&other(call)?, value),
        "==" | "eq" | "equalto" => return Ok(equal(value, &other(call)?)),
        "!=" | "ne" => return Ok(!equal(value, &other(call)?)),
        ">" | "gt" | "greaterthan" => return Ok(order(value, &other(call)?, ">")? == Some(Ordering::Greater)),
        "<" | "lt" | "lessthan" => return Ok(order(value, &other(call)?, "<")? == Some(Ordering::Less)),
        ">=" | "ge" => return Ok(order(value, &other(call)?, ">=")?.is_some_and(Ordering::is_ge)),
        "<=" | "le" => return Ok(order(value, &other(call)?, "<=")?.is_some_and(Ordering::is_le)),
        _ => {}
    }
    call.bind(name, [], 0)?;
    match name {
        "odd" => Ok(equal(
            &operate(value, Operator::Modulo, &Value::Int(2))?,
            &Value::Int(1),
        )),
        "even" => Ok(equal(
            &operate(value, Operator::Modulo, &Value::Int(2))?,
            &Value::Int(0),
        )),
        "lower" | "upper" => {
            let text = to_text(host.budget(), value)?;
            let (lower, upper) = (
                text.as_str().chars().any(char::is_lowercase),
                text.as_str().chars().any(char::is_uppercase),
            );
            Ok(if name == "lower" {
                lower && !upper
            } else {
                upper && !lower
            })
        }
        "filter" => Ok(value.as_text().is_some_and(|name| filters::exists(name.as_str()))),
        "test" => Ok(value.as_text().is_some_and(|name| NAMES.contains(&name.as_str()))),
        _ => Ok(is_kind(name, value)),
    }
}

fn is_kind(name: &str, value: &Value) -> bool {
    match name {
        "defined" => !value.is_undefined(),
        "undefined" => value.is_undefined(),
        "none" => matches!(value, Value::None),
        "boolean" => matches!(value, Value::Bool(_)),
        "true" => matches!(value, Value::Bool(true)),
        "false" => matches!(value, Value::Bool(false)),
        "integer" => matches!(value, Value::Int(_)),
        "float" => matches!(value, Value::Float(_)),
        "number" => matches!(value, Value::Bool(_) | Value::Int(_) | Value::Float(_)),
        "string" => matches!(value, Value::Str(_)),
        "mapping" => matches!(value, Value::Dict(_)),
        "sequence" => matches!(
            value,
            Value::Str(_) | Value::List(_) | Value::Tuple(_) | Value::Group(_) | Value::Dict(_) | Value::Range(_)
        ),
        "iterable" => !matches!(
            value,
            Value::None
                | Value::Bool(_)
                | Value::Int(_)
                | Value::Float(_)
                | Value::Namespace(_)
                | Value::Macro(_)
                | Value::Function(_)
                | Value::Method(_)
                | Value::Cycler(_)
                | Value::Joiner(_)
        ),
        "callable" => matches!(
            value,
            Value::Undefined(_)
                | Value::Loop(_)
                | Value::Macro(_)
                | Value::Function(_)
                | Value::Method(_)
                | Value::Joiner(_)
        ),
        // Nothing is escaped in text.
        _ => false,
    }
}

/// Whether the two are one object. Small values that Python keeps once are the same if they are equal.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::None, Value::None) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::List(a), Value::List(b)) | (Value::Tuple(a), Value::Tuple(b)) => Rc::ptr_eq(a, b),
        (Value::Dict(a), Value::Dict(b)) => Rc::ptr_eq(a, b),
        (Value::Namespace(a), Value::Namespace(b)) => Rc::ptr_eq(a, b),
        _ => false,
    }
}
