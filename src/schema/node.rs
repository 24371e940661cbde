//! Finds the parts of a schema.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Where definitions are.
const DEFINITIONS: &str = "definitions";
/// How a reference to one begins.
const REFERENCE: &str = "#/definitions/";

/// The schema of a dotted key.
pub(super) fn property_mut<'s>(schema: &'s mut Value, key: &str) -> Option<&'s mut Value> {
    match key.rsplit_once('.') {
        None => schema.get_mut("properties")?.get_mut(key),
        Some((section, name)) => {
            let definition = referred(property(schema, section)?.0)?.to_owned();
            definition_mut(schema, &definition)?
                .get_mut("properties")?
                .get_mut(name)
        }
    }
}

/// As [`property_mut`], to read: what is written beside the key, and what is written of its type.
pub(super) fn property<'s>(schema: &'s Value, key: &str) -> Option<(&'s Value, &'s Value)> {
    let mut found = schema;
    for name in key.split('.') {
        found = definition_of(schema, found).get("properties")?.get(name)?;
    }
    Some((found, definition_of(schema, found)))
}

/// The definition that `node` refers to, or itself.
pub(super) fn definition_of<'s>(schema: &'s Value, node: &'s Value) -> &'s Value {
    let found = referred(node).and_then(|name| schema.get(DEFINITIONS)?.get(name));
    found.unwrap_or(node)
}

/// The definition of this name.
pub(super) fn definition_mut<'s>(schema: &'s mut Value, name: &str) -> Option<&'s mut Value> {
    schema.get_mut(DEFINITIONS)?.get_mut(name)
}

/// The name of the definition that a schema refers to, alone or beside a description.
fn referred(node: &Value) -> Option<&str> {
    let reference = node.get("$ref").or_else(|| node.pointer("/allOf/0/$ref"));
    reference?.as_str()?.strip_prefix(REFERENCE)
}

/// Calls `change` on every object in a schema.
pub(super) fn visit_mut(node: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    match node {
        Value::Object(fields) => {
            change(fields);
            fields.values_mut().for_each(|inner| visit_mut(inner, change));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| visit_mut(inner, change)),
        _ => {}
    }
}

/// Removes definitions that nothing refers to.
pub(super) fn drop_unused(schema: &mut Value) {
    loop {
        let mut used = BTreeSet::new();
        visit_mut(schema, &mut |node| {
            let name = node.get("$ref").and_then(Value::as_str);
            used.extend(name.and_then(|name| name.strip_prefix(REFERENCE)).map(str::to_owned));
        });
        let Some(definitions) = schema.get_mut(DEFINITIONS).and_then(Value::as_object_mut) else {
            return;
        };
        let before = definitions.len();
        definitions.retain(|name, _| used.contains(name));
        if definitions.len() == before {
            return;
        }
    }
}
