//! The configuration as a JSON schema, for editors: keys with their descriptions, types, defaults and ranges.
//!
//! Everything in it comes from what the configuration is read and checked with: keys, types and defaults from its
//! structs, descriptions from their comments, ranges from the checks that refuse values. It accepts whatever the
//! parser accepts; what depends on several keys at once, only the parser refuses.

mod described;
mod description;
mod node;
mod ranges;
mod reward;

pub use described::{Described, described};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;
use serl_stages::config::Config;

use crate::settings::{Settings, SftSettings};

/// The schema of the configuration of `serl run`.
pub fn of_run() -> Value {
    let mut schema = of::<Config>("Configuration of `serl run`");
    reward::write_kinds(&mut schema);
    finished(schema)
}

/// The schema of the configuration of `serl sft`.
pub fn of_sft() -> Value {
    finished(of::<SftSettings>("Configuration of `serl sft`"))
}

fn of<T: JsonSchema + Settings>(title: &str) -> Value {
    // Of all drafts, the one that editors of TOML know.
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), title.into());
    let mut schema = schema.to_value();
    for (key, range) in T::ranges() {
        if let Some(property) = node::property_mut(&mut schema, key) {
            ranges::write(property, &range);
        }
    }
    schema
}

fn finished(mut schema: Value) -> Value {
    node::visit_mut(&mut schema, &mut |node| {
        ranges::write_type(node);
        description::tidy(node);
    });
    node::drop_unused(&mut schema);
    schema
}

#[cfg(test)]
mod tests;
