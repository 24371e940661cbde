//! Keys that the environment sets.

use super::entry::Entry;
use super::error::SettingsError;
use super::keys::Keys;

/// Variables and the keys that they set.
const VARIABLES: [(&str, &str); 3] = [
    ("SERL_STORE", "execution.store"),
    ("SERL_REMOTE", "execution.remote"),
    ("SERL_THREADS", "execution.threads"),
];

/// What the environment sets of `keys`.
///
/// # Errors
/// A value that is no text.
pub(super) fn entries(keys: &Keys) -> Result<Vec<Entry>, SettingsError> {
    let set = VARIABLES.iter().filter(|(_, key)| keys.default(key).is_some());
    let set = set.filter_map(|(variable, key)| Some((variable, key, std::env::var(variable).ok()?)));
    set.filter(|(_, _, value)| !value.is_empty())
        .map(|(variable, key, value)| Entry::from_environment(variable, &format!("{key}={value}"), keys))
        .collect()
}
