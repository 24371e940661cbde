//! Arithmetic, as in Python.

use super::data::Value;
use super::text::TextBuf;
use crate::error::{Error, Result};
use crate::syntax::ast::Operator;

/// `a operator b`, but for `%` on strings. Bounds on the size of a result are the caller's to check.
pub(crate) fn operate(a: &Value, operator: Operator, b: &Value) -> Result<Value> {
    if let (Some(a), Some(b)) = (a.as_int(), b.as_int()) {
        return integers(a, operator, b);
    }
    if let (Some(a), Some(b)) = (a.as_float(), b.as_float()) {
        return floats(a, operator, b).map(Value::Float);
    }
    match (a, operator, b) {
        (Value::Undefined(message), ..) | (.., Value::Undefined(message)) => Err(Error::new(&**message)),
        (Value::Str(a), Operator::Add, Value::Str(b)) => {
            let mut sum = TextBuf::default();
            sum.push(a);
            sum.push(b);
            Ok(sum.finish().into())
        }
        (Value::List(a), Operator::Add, Value::List(b)) => Ok(Value::list(a.iter().chain(&***b).cloned().collect())),
        (Value::Tuple(a), Operator::Add, Value::Tuple(b)) => Ok(Value::tuple(a.iter().chain(&***b).cloned().collect())),
        (_, Operator::Multiply, _) => {
            let (repeated, times) = match (a.as_int(), b.as_int()) {
                (Some(times), _) => (b, times),
                (_, Some(times)) => (a, times),
                _ => return Err(unsupported(a, operator, b)),
            };
            repeat(repeated, usize::try_from(times).unwrap_or(0)).ok_or_else(|| unsupported(a, operator, b))
        }
        _ => Err(unsupported(a, operator, b)),
    }
}

fn repeat(value: &Value, times: usize) -> Option<Value> {
    let all = |items: &[Value]| std::iter::repeat_n(items, times).flatten().cloned().collect();
    match value {
        Value::Str(text) => {
            let mut repeated = TextBuf::default();
            (0..times).for_each(|_| repeated.push(text));
            Some(repeated.finish().into())
        }
        Value::List(items) => Some(Value::list(all(items))),
        Value::Tuple(items) => Some(Value::tuple(all(items))),
        _ => None,
    }
}

/// `-value`.
pub(crate) fn negative(value: &Value) -> Result<Value> {
    match (value, value.as_int()) {
        (Value::Float(value), _) => Ok(Value::Float(-value)),
        (_, Some(value)) => value.checked_neg().map(Value::Int).ok_or_else(too_big),
        (Value::Undefined(message), _) => Err(Error::new(&**message)),
        _ => Err(Error::new(format!("`-` needs a number, not `{}`", value.type_name()))),
    }
}

/// `+value`.
pub(crate) fn positive(value: &Value) -> Result<Value> {
    match (value, value.as_int()) {
        (Value::Float(value), _) => Ok(Value::Float(*value)),
        (_, Some(value)) => Ok(Value::Int(value)),
        (Value::Undefined(message), _) => Err(Error::new(&**message)),
        _ => Err(Error::new(format!("`+` needs a number, not `{}`", value.type_name()))),
    }
}

fn integers(a: i128, operator: Operator, b: i128) -> Result<Value> {
    let value = match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide | Operator::FloorDivide | Operator::Modulo if b == 0 => return Err(by_zero()),
        Operator::Divide => return Ok(Value::Float(a as f64 / b as f64)),
        // Python rounds down where Rust rounds to zero.
        Operator::FloorDivide => a.checked_div_euclid(b).map(|quotient| {
            if b < 0 && a.rem_euclid(b) != 0 {
                quotient - 1
            } else {
                quotient
            }
        }),
        Operator::Modulo => a.checked_rem(b).map(|rest| {
            if rest != 0 && (rest < 0) != (b < 0) {
                rest + b
            } else {
                rest
            }
        }),
        Operator::Power if b < 0 => return floats(a as f64, operator, b as f64).map(Value::Float),
        Operator::Power => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
    };
    value.map(Value::Int).ok_or_else(too_big)
}

fn floats(a: f64, operator: Operator, b: f64) -> Result<f64> {
    let by_nothing = b == 0.0 && matches!(operator, Operator::Divide | Operator::FloorDivide | Operator::Modulo);
    if by_nothing || (operator == Operator::Power && a == 0.0 && b < 0.0) {
        return Err(by_zero());
    }
    Ok(match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        Operator::FloorDivide => ((a - modulo(a, b)) / b).round(),
        Operator::Modulo => modulo(a, b),
        Operator::Power => {
            let power = a.powf(b);
            if power.is_nan() && !a.is_nan() && !b.is_nan() {
                return Err(Error::new("the power is a complex number"));
            }
            if power.is_infinite() && a.is_finite() && b.is_finite() {
                return Err(too_big());
            }
            power
        }
    })
}

/// `a % b` with the sign of `b`.
fn modulo(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest != 0.0 && (rest < 0.0) != (b < 0.0) {
        rest + b
    } else {
        rest
    }
}

fn too_big() -> Error {
    Error::new("a number is too big")
}

fn by_zero() -> Error {
    Error::new("division by zero")
}

fn unsupported(a: &Value, operator: Operator, b: &Value) -> Error {
    let symbol = match operator {
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::FloorDivide => "//",
        Operator::Modulo => "%",
        Operator::Power => "**",
    };
    Error::new(format!(
        "`{symbol}` cannot be applied to `{}` and `{}`",
        a.type_name(),
        b.type_name()
    ))
}
