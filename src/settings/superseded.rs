//! Values that mean nothing because a later one chooses another kind.

use std::collections::HashMap;

use super::entry::Entry;

/// The end of a key that chooses which other keys its section has.
pub(super) const KIND: &str = ".kind";

/// `entries` without kinds that a later one replaces; the first `of_file` are those of the file. If an argument chooses
/// another kind than the file, the file's values of that section are for a kind that is not used: they go, too.
pub(super) fn without_superseded(entries: Vec<Entry>, of_file: usize) -> Vec<Entry> {
    let kinds = entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.key.ends_with(KIND));
    let last: HashMap<String, (usize, toml::Value)> = kinds
        .map(|(at, entry)| (entry.key.clone(), (at, entry.value.clone())))
        .collect();
    let replaced = |section: &str, in_file: &toml::Value| match last.get(&format!("{section}{KIND}")) {
        Some((at, value)) => *at >= of_file && value != in_file,
        None => false,
    };
    let in_file = entries[..of_file].iter();
    let gone: Vec<String> = in_file
        .filter_map(|entry| Some((entry.key.strip_suffix(KIND)?, &entry.value)))
        .filter(|(section, value)| replaced(section, value))
        .map(|(section, _)| format!("{section}."))
        .collect();
    let stays = |at: usize, entry: &Entry| {
        let is_last = last.get(&entry.key).is_none_or(|(last, _)| *last == at);
        is_last && (at >= of_file || !gone.iter().any(|section| entry.key.starts_with(section)))
    };
    let all = entries.into_iter().enumerate();
    all.filter(|(at, entry)| stays(*at, entry))
        .map(|(_, entry)| entry)
        .collect()
}
