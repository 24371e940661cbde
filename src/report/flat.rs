//! Nested values by their dotted keys.

use serde_json::{Map, Value};

/// Every value below `value` by its dotted key, in order; lists stay whole, and what is null is left out.
pub(super) fn flat(value: &Value) -> Map<String, Value> {
    let mut values = cells(value);
    values.retain(|_, value| !value.is_null());
    values
}

/// As [`flat`], with what is null.
pub(super) fn cells(value: &Value) -> Map<String, Value> {
    let mut values = Map::new();
    collect("", value, &mut values);
    values
}

fn collect(path: &str, value: &Value, into: &mut Map<String, Value>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = match path {
                    "" => name.clone(),
                    _ => format!("{path}.{name}"),
                };
                collect(&path, value, into);
            }
        }
        value => drop(into.insert(path.to_owned(), value.clone())),
    }
}
