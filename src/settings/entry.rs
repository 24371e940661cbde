//! A value that the user set: its dotted key, the value, and where it was set.

use std::path::Path;

use serde_json::Value;

use super::error::{Fault, Origin, SettingsError};
use super::keys::Keys;
use super::kinds;
use super::quote::quoted;

/// A value that the user set.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) value: toml::Value,
    pub(super) origin: Origin,
}

impl Entry {
    /// Parses `key=value`. The value is read as TOML, or taken literally if the key holds a text or it is not TOML.
    pub(super) fn from_argument(argument: &str, keys: &Keys) -> Result<Self, SettingsError> {
        let Some((key, text)) = argument.split_once('=') else {
            return Err(not_an_override(argument, keys));
        };
        let key = key.trim();
        if key.is_empty() || key.split('.').any(str::is_empty) {
            return Err(not_an_override(argument, keys));
        }
        let parsed = parse(text);
        let holds_text = keys.default(key).is_some_and(Value::is_string);
        let value = match parsed {
            Some(value) if !holds_text || value.is_str() => value,
            _ => toml::Value::String(text.to_owned()),
        };
        Ok(Self {
            key: key.to_owned(),
            value,
            origin: Origin::Argument(argument.to_owned()),
        })
    }

    /// As [`Self::from_argument`], of a variable of the environment.
    pub(super) fn from_environment(variable: &'static str, argument: &str, keys: &Keys) -> Result<Self, SettingsError> {
        let entry = Self::from_argument(argument, keys)?;
        Ok(Self {
            origin: Origin::Environment(variable),
            ..entry
        })
    }

    /// Whether the key is unknown or the value of another type.
    pub(super) fn is_faulty(&self, keys: &Keys) -> bool {
        let default = keys.default(&self.key);
        !default.is_some_and(|default| kinds::fits(default, &self.value))
    }

    /// What is wrong with a [faulty](Entry::is_faulty) entry.
    pub(super) fn fault(&self, keys: &Keys) -> Fault {
        let origin = Some(self.origin.clone());
        let Some(default) = keys.default(&self.key) else {
            let text = format!("unknown key `{}`", quoted(&self.key));
            return Fault {
                origin,
                text,
                hint: Some(self.suggestion(keys)),
            };
        };
        let (expected, given) = (kinds::expected(default), kinds::described(&self.value));
        let text = format!("`{}` must be {expected}, but is {given}", self.key);
        let hint = default.is_object().then(|| {
            let inside = keys.within(&self.key);
            format!("set the keys within it, such as `{}=…`", inside.first().unwrap_or(&""))
        });
        Fault { origin, text, hint }
    }

    fn suggestion(&self, keys: &Keys) -> String {
        if let Some(nearest) = keys.nearest(&self.key) {
            return format!("did you mean `{nearest}`?");
        }
        let section = self.key.rsplit_once('.').map_or("", |(section, _)| section);
        let section = if keys.is_section(section) { section } else { "" };
        let names: Vec<String> = keys.within(section).iter().map(|key| format!("`{key}`")).collect();
        format!("there are {}", names.join(", "))
    }

    /// Writes the value to its place in `tree`. The key must exist.
    pub(super) fn apply(&self, config: &mut Value) {
        let pointer = format!("/{}", self.key.replace('.', "/"));
        if let (Some(place), Ok(value)) = (config.pointer_mut(&pointer), serde_json::to_value(&self.value)) {
            *place = value;
        }
    }
}

/// Parses `text` as a single TOML value.
fn parse(text: &str) -> Option<toml::Value> {
    let mut table: toml::Table = format!("value = {text}").parse().ok()?;
    // A line break in the text could smuggle in a second key.
    if table.len() == 1 { table.remove("value") } else { None }
}

fn not_an_override(argument: &str, keys: &Keys) -> SettingsError {
    let hint = if keys.default(argument).is_some() {
        format!("give it a value: `{argument}=…`")
    } else if argument.ends_with(".toml") || Path::new(argument).is_file() {
        format!("a configuration file is given with `-c {}`", quoted(argument))
    } else {
        "keys are dotted, as in `train.lr=1e-6`; quote lists: `'train.bounds=[0.2, 0.8]'`".to_owned()
    };
    SettingsError::NotAnOverride {
        argument: argument.to_owned(),
        hint,
    }
}
