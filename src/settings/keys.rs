//! The keys of a configuration, and the nearest one to a typo.

use serde_json::Value;

/// Minimum similarity for a key to be suggested for a typo.
const LIKELY: f64 = 0.6;

/// Bytes of the longest text that is taken for a typo: comparing longer ones takes long and finds nothing.
const LONGEST: usize = 100;

/// Every dotted key of a configuration, including sections, with its default.
pub(super) struct Keys(Vec<(String, Value)>);

impl Keys {
    /// The keys of a configuration that was serialised to JSON.
    pub(super) fn of(defaults: &Value) -> Self {
        let mut keys = Vec::new();
        collect("", defaults, &mut keys);
        Self(keys)
    }

    /// Every key with its default.
    pub(super) fn all(self) -> Vec<(String, Value)> {
        self.0
    }

    /// The default of `key`: an object for a section, `None` for an unknown key.
    pub(super) fn default(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// Whether `key` is a section.
    pub(super) fn is_section(&self, key: &str) -> bool {
        self.default(key).is_some_and(Value::is_object)
    }

    /// The key most similar to `typed`, if any is similar enough.
    ///
    /// The last part of a key also counts by itself, so that `lr` finds `train.lr`.
    pub(super) fn nearest(&self, typed: &str) -> Option<&str> {
        if typed.len() > LONGEST {
            return None;
        }
        let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
        let likeness = |key: &str| {
            let whole = strsim::normalized_damerau_levenshtein(key, typed);
            let part = strsim::normalized_damerau_levenshtein(&last(key), &last(typed));
            f64::max(whole, 0.9 * part)
        };
        let scored = self.0.iter().map(|(key, _)| (likeness(key), key.as_str()));
        let (likeness, key) = scored.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
        (likeness >= LIKELY).then_some(key)
    }

    /// The names within `section`; the empty section is the top level.
    pub(super) fn within(&self, section: &str) -> Vec<&str> {
        let inside = |key: &&str| match key.rsplit_once('.') {
            Some((parent, _)) => parent == section,
            None => section.is_empty(),
        };
        self.0.iter().map(|(key, _)| key.as_str()).filter(inside).collect()
    }
}

fn collect(prefix: &str, value: &Value, keys: &mut Vec<(String, Value)>) {
    let Value::Object(fields) = value else { return };
    for (name, value) in fields {
        let key = join(prefix, name);
        keys.push((key.clone(), value.clone()));
        collect(&key, value, keys);
    }
}

/// `name` within the section `prefix`.
pub(super) fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}.{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_nearest_key_is_found_by_typo_and_by_last_part() {
        let keys = Keys::of(&json!({"seed": 1, "train": {"lr": 1.0, "clip": 0.2}, "vote": {"n": 1}}));
        assert_eq!(keys.nearest("train.clp"), Some("train.clip"));
        assert_eq!(keys.nearest("lr"), Some("train.lr"));
        assert_eq!(keys.nearest("sede"), Some("seed"));
        assert_eq!(keys.nearest("entirely_else"), None);
        assert_eq!(keys.within("train"), ["train.lr", "train.clip"]);
        assert_eq!(keys.within(""), ["seed", "train", "vote"]);
    }
}
