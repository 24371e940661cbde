//! Ranges of numbers, as a schema has them.

use serde_json::{Map, Number, Value};
use serl_stages::config::Range;

/// Writes a range.
pub(super) fn write(node: &mut Value, range: &Range) {
    let Some(node) = node.as_object_mut() else { return };
    let whole = node.get("type").is_some_and(|kind| kind == "integer");
    for (name, end) in [
        ("minimum", range.least),
        ("exclusiveMinimum", range.above),
        ("maximum", range.most),
        ("exclusiveMaximum", range.below),
    ] {
        if let Some(end) = end.and_then(|end| number(end, whole)) {
            node.insert(name.to_owned(), end);
        }
    }
    // What is above 0 need not be said to be 0 or more.
    if node.contains_key("exclusiveMinimum") {
        node.shift_remove("minimum");
    }
}

/// Writes what the type of a number can hold, and numbers of 32 bits with the digits that they have in the source.
pub(super) fn write_type(node: &mut Map<String, Value>) {
    // Its keys have theirs.
    if node.get("default").is_some_and(Value::is_object) {
        node.shift_remove("default");
    }
    match node.get("format").and_then(Value::as_str) {
        Some("uint32") => {
            node.entry("maximum").or_insert_with(|| u32::MAX.into());
        }
        Some("float") => {
            if let Some(default) = node.get_mut("default") {
                shorten(default);
            }
        }
        _ => {}
    }
    // A list of them has its default beside it.
    let of_floats = node.get("items").is_some_and(|items| items["format"] == "float");
    if of_floats && let Some(Value::Array(values)) = node.get_mut("default") {
        values.iter_mut().for_each(shorten);
    }
}

fn shorten(value: &mut Value) {
    let short = value.as_f64().and_then(|long| (long as f32).to_string().parse().ok());
    if let Some(short) = short.and_then(Number::from_f64) {
        *value = Value::Number(short);
    }
}

fn number(value: f64, whole: bool) -> Option<Value> {
    if whole {
        return Some(Value::from(value as i64));
    }
    Number::from_f64(value).map(Value::Number)
}
