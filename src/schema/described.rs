//! What a schema says of a key.

use serde_json::Value;

use super::node;

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The first sentence of its description; empty if it has none.
    pub summary: String,
    /// The texts that it can hold, each with what it means; empty if it holds something else.
    pub values: Vec<(String, Option<String>)>,
}

/// What `schema` says of `key`. The keys of a section that has other ones for each kind are those of the kind that it
/// has in `known`.
pub fn described(schema: &Value, key: &str, known: &[(String, Value)]) -> Option<Described> {
    let (section, name) = key.rsplit_once('.').unwrap_or_default();
    let kind = known.iter().find(|(key, _)| key.strip_prefix(section) == Some(".kind"));
    // A section can have a key `kind` and the same other keys whatever that is.
    let kinds = node::property(schema, section).and_then(|(section, _)| section["oneOf"].as_array());
    let (beside, definition) = match kind.zip(kinds) {
        Some(((_, kind), kinds)) => {
            if name == "kind" {
                return Some(of_kinds(kinds));
            }
            let of_kind = kinds
                .iter()
                .find(|kinds| kinds["properties"]["kind"]["const"] == *kind)?;
            let beside = of_kind["properties"].get(name)?;
            (beside, node::definition_of(schema, beside))
        }
        None => node::property(schema, key)?,
    };
    let description = beside.get("description").or_else(|| definition.get("description"));
    Some(Described {
        summary: summary(description),
        values: values(definition),
    })
}

fn of_kinds(kinds: &[Value]) -> Described {
    let value = |kind: &Value| {
        let name = kind["properties"]["kind"]["const"].as_str()?.to_owned();
        Some((name, Some(summary(kind.get("description")))))
    };
    Described {
        summary: String::new(),
        values: kinds.iter().filter_map(value).collect(),
    }
}

/// The texts that a type has: a list of them, or one by one with their descriptions.
fn values(definition: &Value) -> Vec<(String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(names) = definition["enum"].as_array() {
        return names.iter().filter_map(text).map(|name| (name, None)).collect();
    }
    let each = definition["oneOf"].as_array().into_iter().flatten();
    let of_one = |value: &Value| {
        let names = value["enum"].as_array().into_iter().flatten();
        let names = names.chain(value.get("const")).filter_map(text);
        let means = Some(summary(value.get("description"))).filter(|means| !means.is_empty());
        names.map(|name| (name, means.clone())).collect::<Vec<_>>()
    };
    each.flat_map(of_one).collect()
}

/// The first sentence of a description, without its full stop.
fn summary(description: Option<&Value>) -> String {
    let text = description.and_then(Value::as_str).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let sentence = line.split_once(". ").map_or(line, |(first, _)| first);
    sentence.trim_end_matches('.').to_owned()
}
