//! The configuration `serl.toml` of the folder in which someone works, or of a folder above it.

use std::path::{Path, PathBuf};

use serl_stages::config::DEFAULT_STORE;
use toml::Value;

use super::entry::Entry;
use super::error::Origin;
use super::keys::Keys;
use crate::builtin;
use crate::failure::Mistake;
use crate::hub;

/// Name of the file.
pub const FILE: &str = "serl.toml";
/// The key of the store.
const STORE: &str = "execution.store";
/// Keys that hold a path, by their last part.
const PATHS: [&str; 4] = ["path", "encoder", "store", "remote"];

/// The nearest `serl.toml`, as a path from the current folder.
///
/// One of another user is found in the current folder alone: a configuration may name a program that a run starts, and
/// folders such as `/tmp` are open to everyone.
pub fn find() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let mut way = PathBuf::new();
    for (up, folder) in here.ancestors().enumerate() {
        let file = folder.join(FILE);
        if file.is_file() && (up == 0 || is_own(&file)) {
            return Some(way.join(FILE));
        }
        way.push("..");
    }
    None
}

#[cfg(unix)]
fn is_own(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let user = nix::unistd::geteuid().as_raw();
    std::fs::metadata(file).is_ok_and(|found| found.uid() == user)
}

#[cfg(not(unix))]
fn is_own(_: &Path) -> bool {
    true
}

/// The store of the nearest `serl.toml`: the one that it sets, or the default one beside it; none without such a file.
///
/// # Errors
/// A file that cannot be read: another store than the one that it names must not be taken for it.
pub fn store() -> Result<Option<PathBuf>, Mistake> {
    let Some(file) = find() else {
        return Ok(None);
    };
    let store = execution(&file, "store", "--store DIR")?;
    let store = store.unwrap_or_else(|| DEFAULT_STORE.to_owned());
    Ok(file.parent().map(|folder| folder.join(store)))
}

/// The remote that the nearest `serl.toml` sets, if any.
///
/// # Errors
/// As for [`store`].
pub fn remote() -> Result<Option<String>, Mistake> {
    let Some(file) = find() else {
        return Ok(None);
    };
    let mut remote = execution(&file, "remote", "--remote REMOTE")?.map(Value::String);
    if let (Some(remote), Some(folder)) = (&mut remote, file.parent().filter(|folder| *folder != Path::new(""))) {
        rebase("remote", remote, folder);
    }
    Ok(remote.and_then(|remote| remote.as_str().map(str::to_owned)))
}

/// What a file sets of a text in its section `[execution]`; `option` says the same without the file.
fn execution(file: &Path, key: &str, option: &str) -> Result<Option<String>, Mistake> {
    let faulty = |fault: String| {
        let text = format!("{}: {fault}", file.display());
        Mistake::new(text, format!("mend it, or name the {key} with `{option}`"))
    };
    let text = std::fs::read_to_string(file).map_err(|error| faulty(error.to_string()))?;
    let values: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let before = text
            .get(..error.span().map_or(0, |span| span.start))
            .unwrap_or_default();
        faulty(format!("line {}: {}", before.lines().count().max(1), error.message()))
    })?;
    match values.get("execution").and_then(|section| section.get(key)) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(faulty(format!("`execution.{key}` is no text"))),
    }
}

/// The entries of a file in `folder`: paths in it are relative to that folder, and so is the store that it does not
/// name, for configurations that have one. In the current folder, which is the empty path, everything stays as it is.
pub(super) fn rebased(mut entries: Vec<Entry>, folder: &Path, name: &str, keys: &Keys) -> Vec<Entry> {
    if folder.as_os_str().is_empty() {
        return entries;
    }
    for entry in &mut entries {
        rebase(&entry.key, &mut entry.value, folder);
    }
    if keys.default(STORE).is_some() && !entries.iter().any(|entry| entry.key == STORE) {
        let origin = Origin::File {
            name: name.to_owned(),
            line: 1,
        };
        let value = Value::from(folder.join(DEFAULT_STORE).to_string_lossy().into_owned());
        let key = STORE.to_owned();
        entries.push(Entry { key, value, origin });
    }
    entries
}

fn rebase(key: &str, value: &mut Value, folder: &Path) {
    match value {
        Value::String(path) => {
            let is_path = PATHS.contains(&key.rsplit('.').next().unwrap_or_default());
            if !is_path
                || path.is_empty()
                || path.contains("://")
                || [builtin::PREFIX, hub::PREFIX]
                    .iter()
                    .any(|known| path.starts_with(known))
            {
                return;
            }
            let file = folder.join(&*path);
            *path = match hub::absolute(path) {
                Some(model) if !file.exists() => model,
                _ => file.to_string_lossy().into_owned(),
            };
        }
        Value::Array(values) => values.iter_mut().for_each(|value| rebase(key, value, folder)),
        Value::Table(values) => {
            for (key, value) in values {
                rebase(key, value, folder);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, value: impl Into<Value>) -> Entry {
        let origin = Origin::File {
            name: FILE.to_owned(),
            line: 3,
        };
        Entry {
            key: key.to_owned(),
            value: value.into(),
            origin,
        }
    }

    /// The keys of a run.
    fn keys() -> Keys {
        Keys::of(&serde_json::to_value(serl_stages::config::Config::default()).unwrap())
    }

    #[test]
    fn a_configuration_without_a_store_gets_none() {
        let keys = Keys::of(&serde_json::json!({"data": {"path": ""}}));
        let rebased = rebased(vec![entry("data.path", "a.jsonl")], Path::new(".."), FILE, &keys);
        let values: Vec<&str> = rebased.iter().filter_map(|entry| entry.value.as_str()).collect();
        assert_eq!(values, ["../a.jsonl"]);
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let parts: Value = "a = [{ kind = \"rule\", path = \"gold.jsonl\" }]"
            .parse::<toml::Table>()
            .unwrap()
            .into();
        let entries = vec![
            entry("name", "path"),
            entry("seeds.path", "data/seeds.jsonl"),
            entry("eval.path", "builtin:quickstart/eval.jsonl"),
            entry("model.path", "/models/a"),
            entry("drift.encoder", ""),
            entry("execution.remote", "s3://bucket/prefix"),
            entry("execution.remote", "shared"),
            entry("reward.parts", parts["a"].clone()),
        ];
        let keys = keys();
        let rebased = rebased(entries.clone(), Path::new(".."), "../serl.toml", &keys);
        let values: Vec<String> = rebased.iter().map(|entry| entry.value.to_string()).collect();
        let expected = [
            "\"path\"",
            "\"../data/seeds.jsonl\"",
            "\"builtin:quickstart/eval.jsonl\"",
            "\"/models/a\"",
            "\"\"",
            "\"s3://bucket/prefix\"",
            "\"../shared\"",
            "[{ kind = \"rule\", path = \"../gold.jsonl\" }]",
            "\"../.serl\"",
        ];
        assert_eq!(values, expected);
        assert_eq!(super::rebased(entries.clone(), Path::new(""), FILE, &keys), entries);
    }

    #[test]
    fn a_store_that_is_set_is_kept() {
        let rebased = rebased(vec![entry(STORE, "stores/a")], Path::new("../.."), FILE, &keys());
        let values: Vec<&str> = rebased.iter().filter_map(|entry| entry.value.as_str()).collect();
        assert_eq!(values, ["../../stores/a"]);
    }
}
