//! From a TOML file and `key=value` arguments to a typed configuration.
//!
//! Layers, later ones win: the defaults of the type, the file, the arguments. Which keys exist and which type each
//! holds is read off the type's own default, so there is no second list to keep. Every fault is found before the
//! first is told. Knows nothing of what a key means: ranges are judged by the configuration itself.

mod entry;
mod error;
mod keys;
mod kinds;
mod sft;
mod source;

pub use error::{Fault, SettingsError};
pub use sft::{SftData, SftModel, SftSettings};
pub use source::Source;

use entry::Entry;
use keys::Keys;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serl_stages::config::{Config, Violation};

/// A configuration that can be loaded: it knows its defaults and which of its values cannot be.
pub trait Settings: Default + Serialize + DeserializeOwned {
    /// Every value that is out of its range.
    fn violations(&self) -> Vec<Violation>;
}

impl Settings for Config {
    fn violations(&self) -> Vec<Violation> {
        Config::violations(self)
    }
}

/// Loads a `T` from `source`, then applies `overrides` (each `key=value`) in their order.
///
/// # Errors
/// A file that cannot be read or is not TOML (line and column named); unknown keys (with the nearest known one),
/// values of the wrong type, and values out of their range, all of one kind at once.
pub fn load<T: Settings>(source: &Source, overrides: &[String]) -> Result<T, SettingsError> {
    load_for(source, overrides, |_| true)
}

/// As [`load`], but only values whose dotted key `matters` must be within their range: for commands that read a part
/// of a configuration.
///
/// # Errors
/// As for [`load`].
pub fn load_for<T: Settings>(
    source: &Source,
    overrides: &[String],
    matters: impl Fn(&str) -> bool,
) -> Result<T, SettingsError> {
    let mut defaults = serde_json::to_value(T::default()).map_err(SettingsError::unwritable)?;
    let mut keys = Keys::of(&defaults);
    let mut entries = given(source, overrides, &keys)?;
    if choose_kinds::<T>(&mut defaults, &entries) {
        keys = Keys::of(&defaults);
        entries = given(source, overrides, &keys)?;
    }
    SettingsError::unless_empty(entries.iter().filter_map(|entry| entry.fault(&keys)).collect())?;
    SettingsError::unless_empty(
        entries
            .iter()
            .filter_map(|entry| refused::<T>(&defaults, entry))
            .collect(),
    )?;

    let mut merged = defaults;
    for entry in &entries {
        entry.apply(&mut merged);
    }
    let config: T = serde_json::from_value(merged).map_err(SettingsError::unwritable)?;
    let mut violations = config.violations();
    violations.retain(|violation| matters(violation.key));
    SettingsError::unless_empty(violations.iter().map(|v| out_of_range(v, &entries)).collect())?;
    Ok(config)
}

/// All values that are given, in their order.
fn given(source: &Source, overrides: &[String], keys: &Keys) -> Result<Vec<Entry>, SettingsError> {
    let mut entries = source.entries(keys)?;
    for argument in overrides {
        entries.push(Entry::from_argument(argument, keys)?);
    }
    Ok(entries)
}

/// Gives each section whose `kind` is given the keys and defaults of that kind, and says whether any was. A kind that does
/// not exist is left to be refused as any other value.
fn choose_kinds<T: Settings>(defaults: &mut Value, entries: &[Entry]) -> bool {
    let mut chosen = false;
    for entry in entries {
        let Some(section) = entry.key.strip_suffix(".kind") else {
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

/// What the type itself says against one value, found by giving it that value alone.
fn refused<T: DeserializeOwned>(defaults: &Value, entry: &Entry) -> Option<Fault> {
    let mut probe = defaults.clone();
    entry.apply(&mut probe);
    let error = serde_json::from_value::<T>(probe).err()?;
    let text = format!("`{}` cannot be {}: {error}", entry.key, kinds::shown(&entry.value));
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
    Fault {
        origin: given.map(|entry| entry.origin.clone()),
        text: violation.to_string(),
        hint,
    }
}

#[cfg(test)]
mod tests;
