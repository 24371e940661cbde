//! Loads a typed configuration from a TOML file and `key=value` arguments.
//!
//! There are four layers, later ones overriding earlier ones: the defaults of the type, the file, the environment, the
//! arguments. The default value of the type says which keys exist and what type each holds, so there is no second list
//! to maintain. All faults are collected before any is reported. This module does not know what a key means: the
//! configuration itself checks ranges.

mod entry;
mod environment;
mod error;
mod keys;
mod kinds;
pub mod project;
mod quote;
mod sft;
mod source;
mod superseded;

pub use error::{Fault, SettingsError};
pub use sft::{SftData, SftModel, SftSettings};
pub use source::Source;

use std::collections::BTreeMap;

use entry::Entry;
use keys::Keys;
use quote::quoted;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serl_stages::config::{Config, Range, Violation};
use source::Text;
use superseded::{KIND, without_superseded};

/// The configuration that runs where none is given.
pub const DEFAULT: &str = "builtin:quickstart";

/// A configuration that can be loaded: it has defaults and can check its values.
pub trait Settings: Default + Serialize + DeserializeOwned {
    /// All values that are out of range.
    fn violations(&self) -> Vec<Violation>;

    /// The ranges of keys that hold numbers.
    fn ranges() -> BTreeMap<&'static str, Range>;
}

impl Settings for Config {
    fn violations(&self) -> Vec<Violation> {
        Config::violations(self)
    }

    fn ranges() -> BTreeMap<&'static str, Range> {
        Config::ranges()
    }
}

/// Loads a `T` from `source`, then applies what the environment sets and `overrides` (each `key=value`) in order.
///
/// # Errors
/// A file that cannot be read or is not TOML (with line and column); unknown keys (each with the nearest known one)
/// and values of the wrong type; or values out of range. All faults of one kind are reported at once.
pub fn load<T: Settings>(source: &Source, overrides: &[String]) -> Result<T, SettingsError> {
    load_for(source, overrides, |_| true)
}

/// Like [`load`], but checks the range only of values whose dotted key `matters`, for commands that read part of a
/// configuration.
///
/// # Errors
/// As for [`load`].
pub fn load_for<T: Settings>(
    source: &Source,
    overrides: &[String],
    matters: impl Fn(&str) -> bool,
) -> Result<T, SettingsError> {
    layered(source, environment::entries, overrides, matters)
}

/// The keys, sections included, that a configuration can have after `source` and `overrides`, with the values that they
/// have. What is wrong with either is passed over.
pub fn keys<T: Settings>(source: &Source, overrides: &[String]) -> Vec<(String, Value)> {
    let mut merged = serde_json::to_value(T::default()).unwrap_or_default();
    let text = source.text().unwrap_or_default();
    let entries = |keys: &Keys| -> Vec<Entry> {
        let given = overrides
            .iter()
            .filter_map(|given| Entry::from_argument(given, keys).ok());
        text.entries(keys)
            .unwrap_or_default()
            .into_iter()
            .chain(given)
            .collect()
    };
    let given = entries(&Keys::of(&merged));
    choose_kinds::<T>(&mut merged, &given);
    let keys = Keys::of(&merged);
    for entry in entries(&keys).iter().filter(|entry| !entry.is_faulty(&keys)) {
        entry.apply(&mut merged);
    }
    Keys::of(&merged).all()
}

/// What `source` alone says, whatever the environment does.
///
/// # Errors
/// As for [`load`].
pub fn load_alone<T: Settings>(source: &Source) -> Result<T, SettingsError> {
    layered(source, |_| Ok(Vec::new()), &[], |_| true)
}

/// What the environment sets of some keys.
type Environment = fn(&Keys) -> Result<Vec<Entry>, SettingsError>;

fn layered<T: Settings>(
    source: &Source,
    environment: Environment,
    overrides: &[String],
    matters: impl Fn(&str) -> bool,
) -> Result<T, SettingsError> {
    let mut defaults = serde_json::to_value(T::default()).map_err(SettingsError::unwritable)?;
    let mut keys = Keys::of(&defaults);
    let text = source.text()?;
    let mut entries = given(&text, environment, overrides, &keys)?;
    if choose_kinds::<T>(&mut defaults, &entries) {
        keys = Keys::of(&defaults);
        entries = given(&text, environment, overrides, &keys)?;
    }
    let faulty: Vec<&Entry> = entries.iter().filter(|entry| entry.is_faulty(&keys)).collect();
    SettingsError::unless_empty(&faulty, |entry| entry.fault(&keys))?;
    let refused: Vec<Fault> = entries
        .iter()
        .filter_map(|entry| refused::<T>(&defaults, entry))
        .collect();
    SettingsError::unless_empty(&refused, Fault::clone)?;

    let mut merged = defaults;
    for entry in &entries {
        entry.apply(&mut merged);
    }
    let config: T = serde_json::from_value(merged).map_err(SettingsError::unwritable)?;
    let mut violations = config.violations();
    violations.retain(|violation| matters(violation.key));
    SettingsError::unless_empty(&violations, |violation| out_of_range(violation, &entries))?;
    Ok(config)
}

/// All given values, in order.
fn given(
    text: &Text,
    environment: Environment,
    overrides: &[String],
    keys: &Keys,
) -> Result<Vec<Entry>, SettingsError> {
    let mut entries = text.entries(keys)?;
    let of_file = entries.len();
    entries.extend(environment(keys)?);
    for argument in overrides {
        entries.push(Entry::from_argument(argument, keys)?);
    }
    Ok(without_superseded(entries, of_file))
}

/// Gives each section whose `kind` is set the keys and defaults of that kind, and returns whether any was set. An
/// unknown kind is left alone, to be refused like any other value.
fn choose_kinds<T: Settings>(defaults: &mut Value, entries: &[Entry]) -> bool {
    let mut chosen = false;
    for entry in entries {
        let Some(section) = entry.key.strip_suffix(KIND) else {
            continue;
        };
        let mut probe = defaults.clone();
        if let Some(place) = probe.pointer_mut(&format!("/{}", section.replace('.', "/"))) {
            *place = serde_json::json!({ "kind": entry.value });
        }
        if let Ok(config) = serde_json::from_value::<T>(probe)
            && let Ok(value) = serde_json::to_value(config)
        {
            *defaults = value;
            chosen = true;
        }
    }
    chosen
}

/// What the type itself has against one value, found by setting nothing but that value.
fn refused<T: DeserializeOwned>(defaults: &Value, entry: &Entry) -> Option<Fault> {
    let mut probe = defaults.clone();
    entry.apply(&mut probe);
    let error = serde_json::from_value::<T>(probe).err()?;
    let error = error.to_string();
    let text = format!(
        "`{}` cannot be {}: {}",
        entry.key,
        kinds::shown(&entry.value),
        quoted(&error)
    );
    Some(Fault {
        origin: Some(entry.origin.clone()),
        text,
        hint: None,
    })
}

fn out_of_range(violation: &Violation, entries: &[Entry]) -> Fault {
    let given = entries.iter().rfind(|entry| entry.key == violation.key);
    let hint = match given {
        Some(_) => None,
        None => Some(format!(
            "give it in the configuration file, or as the argument `{}=…`",
            violation.key
        )),
    };
    let short = Violation {
        value: quoted(&violation.value).into_owned(),
        ..violation.clone()
    };
    Fault {
        origin: given.map(|entry| entry.origin.clone()),
        text: short.to_string(),
        hint,
    }
}

#[cfg(test)]
mod tests;
