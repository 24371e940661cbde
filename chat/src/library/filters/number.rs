//! Filters of numbers.

use crate::error::{Error, Result};
use crate::library::call::{Call, int as as_int, wrong};
use crate::library::host::Host;
use crate::library::iterate::iterate;
use crate::library::lookup::path;
use crate::syntax::ast::Operator;
use crate::value::{Value, operate, parse_float, parse_int, round_half_even};

pub(super) fn abs(_: &dyn Host, value: Value, call: Call) -> Result<Value> {
    call.bind("abs", [], 0)?;
    match (&value, value.as_int()) {
        (Value::Float(value), _) => Ok(Value::Float(value.abs())),
        (_, Some(value)) => value
            .checked_abs()
            .map(Value::Int)
            .ok_or_else(|| Error::new("a number is too big")),
        _ => Err(wrong(&value, "what `abs` is applied to", "a number")),
    }
}

pub(super) fn float(_: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [default] = call.bind("float", ["default"], 0)?;
    if let Value::Undefined(message) = &value {
        return Err(Error::new(&**message));
    }
    Ok(to_float(&value).map_or_else(|| default.unwrap_or(Value::Float(0.0)), Value::Float))
}

fn to_float(value: &Value) -> Option<f64> {
    match value {
        Value::Str(text) => parse_float(text.as_str()),
        _ => value.as_float(),
    }
}

pub(super) fn int(_: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [default, base] = call.bind("int", ["default", "base"], 0)?;
    let base = base.map_or(Ok(10), |base| as_int(&base, "the base"))?;
    let base = u32::try_from(base).ok().filter(|base| (2..=36).contains(base));
    let base = base.ok_or_else(|| Error::new("the base must be from 2 to 36"))?;
    let direct = match &value {
        Value::Undefined(message) => return Err(Error::new(&**message)),
        Value::Str(text) => parse_int(text.as_str(), base),
        _ => value.as_int(),
    };
    let whole = direct.or_else(|| {
        let float = to_float(&value)?;
        float.is_finite().then_some(float.trunc() as i128)
    });
    Ok(whole.map_or_else(|| default.unwrap_or(Value::Int(0)), Value::Int))
}

pub(super) fn round(_: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [precision, method] = call.bind("round", ["precision", "method"], 0)?;
    let precision = precision.map_or(Ok(0), |precision| as_int(&precision, "the precision"))?;
    let number = value
        .as_float()
        .ok_or_else(|| wrong(&value, "what `round` is applied to", "a number"))?;
    let method = method
        .as_ref()
        .and_then(Value::as_text)
        .map_or("common", |method| method.as_str());
    let scale = 10f64.powi(precision.clamp(-400, 400) as i32);
    match method {
        "common" => Ok(match value.as_int() {
            // A whole number stays one.
            Some(whole) if precision >= 0 => Value::Int(whole),
            Some(_) => Value::Int(round_half_even(number, precision) as i128),
            None => Value::Float(round_half_even(number, precision)),
        }),
        "ceil" => Ok(Value::Float((number * scale).ceil() / scale)),
        "floor" => Ok(Value::Float((number * scale).floor() / scale)),
        other => Err(Error::new(format!(
            "`round` has no method `{other}`: use common, ceil or floor"
        ))),
    }
}

pub(super) fn sum(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [attribute, start] = call.bind("sum", ["attribute", "start"], 0)?;
    let attribute = attribute.filter(|attribute| !matches!(attribute, Value::None));
    let mut total = start.unwrap_or(Value::Int(0));
    if matches!(total, Value::Str(_)) {
        return Err(Error::new("`sum` does not add strings; use `join`"));
    }
    for item in iterate(host, &value)? {
        let item = match &attribute {
            Some(attribute) => path(&item, attribute, None)?,
            None => item,
        };
        // A sum of lists copies what was added so far.
        host.budget().steps(total.length().unwrap_or(1))?;
        total = operate(&total, Operator::Add, &item)?;
    }
    Ok(total)
}

pub(super) fn file_size(_: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [binary] = call.bind("filesizeformat", ["binary"], 0)?;
    let binary = binary.is_some_and(|binary| binary.truth());
    let bytes = to_float(&value).ok_or_else(|| wrong(&value, "a size", "a number"))?;
    let (base, marker) = if binary { (1024.0, "iB") } else { (1000.0, "B") };
    if bytes == 1.0 {
        return Ok("1 Byte".into());
    }
    if bytes < base {
        return Ok(format!("{} Bytes", bytes as i128).into());
    }
    let letters = if binary {
        ["K", "M", "G", "T", "P", "E", "Z", "Y"]
    } else {
        ["k", "M", "G", "T", "P", "E", "Z", "Y"]
    };
    let mut unit = base;
    for (i, letter) in letters.iter().enumerate() {
        unit *= base;
        if bytes < unit || i + 1 == letters.len() {
            return Ok(format!("{:.1} {letter}{marker}", base * bytes / unit).into());
        }
    }
    Ok(value)
}
