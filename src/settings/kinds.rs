//! Names of value types, for messages.

use serde_json::Value;

use super::quote::quoted;

/// The type that a key with this default must hold, in words.
pub(super) fn expected(default: &Value) -> &'static str {
    match default {
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_f64() => "a number",
        Value::Number(_) => "a whole number of 0 or more",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a section of keys",
        Value::Null => "absent",
    }
}

/// Whether `value` has the type of `default`.
pub(super) fn fits(default: &Value, value: &toml::Value) -> bool {
    match (default, value) {
        // No key holds a whole number below 0.
        (Value::Number(number), toml::Value::Integer(value)) => number.is_f64() || *value >= 0,
        (Value::Bool(_), toml::Value::Boolean(_))
        | (Value::String(_), toml::Value::String(_))
        | (Value::Array(_), toml::Value::Array(_)) => true,
        (Value::Number(number), toml::Value::Float(float)) => number.is_f64() && float.is_finite(),
        _ => false,
    }
}

/// `value` with its type, such as `the text "fast"`.
pub(super) fn described(value: &toml::Value) -> String {
    let kind = match value {
        toml::Value::String(_) => "the text",
        toml::Value::Integer(_) => "the whole number",
        toml::Value::Float(_) => "the number",
        toml::Value::Boolean(_) => "the boolean",
        toml::Value::Datetime(_) => "the date",
        toml::Value::Array(_) => "the list",
        toml::Value::Table(_) => "a section of keys",
    };
    if value.is_table() {
        kind.to_owned()
    } else {
        format!("{kind} {}", shown(value))
    }
}

/// `value` in TOML's notation.
pub(super) fn shown(value: &toml::Value) -> String {
    quoted(&value.to_string()).into_owned()
}
