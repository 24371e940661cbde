//! Files built into the binary: the quickstart's configuration, policy, seeds and problems.
//!
//! A path that begins with `builtin:` names one of them. It is written into the store once, under the digest of its
//! content, and is a file like any other from then on.

use std::fs;
use std::path::{Path, PathBuf};

use serl_artifacts::{ArtifactError, Digest, atomic};

/// Prefix of the path of a built-in.
pub const PREFIX: &str = "builtin:";

/// A configuration: name, TOML.
const CONFIGS: [(&str, &str); 1] = [("quickstart", include_str!("../configs/quickstart.toml"))];

type File = (&'static str, &'static [u8]);

macro_rules! file {
    ($folder:literal, $name:literal) => {
        (
            $name,
            include_bytes!(concat!("../models/quickstart/", $folder, $name)).as_slice(),
        )
    };
}

const POLICY: &[File] = &[
    file!("", "chat_template.jinja"),
    file!("", "config.json"),
    file!("", "generation_config.json"),
    file!("", "model.safetensors"),
    file!("", "tokenizer.json"),
    file!("", "tokenizer_config.json"),
];
const SEEDS: &[File] = &[file!("data/", "seeds.jsonl")];
const PROBLEMS: &[File] = &[file!("data/", "eval.jsonl")];

/// The built-ins: name, files, and whether it is a folder.
const ENTRIES: [(&str, &[File], bool); 3] = [
    ("quickstart", POLICY, true),
    ("quickstart/seeds.jsonl", SEEDS, false),
    ("quickstart/eval.jsonl", PROBLEMS, false),
];

/// Why a built-in could not be resolved.
#[derive(Debug, thiserror::Error)]
pub enum BuiltinError {
    /// There is no built-in of that name.
    #[error("nothing is built in as `{PREFIX}{name}`; there are {}", names().join(", "))]
    Unknown {
        /// The name asked for.
        name: String,
    },
    /// It cannot be written to the store.
    #[error("cannot write `{PREFIX}{name}` into the store")]
    Unwritable {
        /// The name asked for.
        name: String,
        /// The cause.
        source: ArtifactError,
    },
}

/// The text of a built-in configuration.
pub fn config(name: &str) -> Option<&'static str> {
    CONFIGS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The names of the built-in configurations.
pub fn config_names() -> Vec<&'static str> {
    CONFIGS.iter().map(|(name, _)| *name).collect()
}

/// The names of the folders that are built in, as a configuration has them.
pub fn folders() -> Vec<String> {
    named(true)
}

/// As [`folders`], of the files.
pub fn files() -> Vec<String> {
    named(false)
}

fn named(folders: bool) -> Vec<String> {
    let kind = ENTRIES.iter().filter(|(_, _, is_folder)| *is_folder == folders);
    kind.map(|(name, ..)| format!("{PREFIX}{name}")).collect()
}

/// Resolves a path of a configuration: returns `path` itself or, for `builtin:…`, the file or folder in `store` that
/// the built-in was written to.
///
/// # Errors
/// An unknown name, or a store that cannot be written to.
pub fn resolve(path: &str, store: &Path) -> Result<PathBuf, BuiltinError> {
    let Some(name) = path.strip_prefix(PREFIX) else {
        return Ok(path.into());
    };
    let unknown = || BuiltinError::Unknown { name: name.to_owned() };
    let (_, files, is_folder) = ENTRIES.iter().find(|(known, ..)| *known == name).ok_or_else(unknown)?;
    let folder = store.join("builtin").join(digest(files).to_string());
    write(files, &folder).map_err(|source| BuiltinError::Unwritable {
        name: name.to_owned(),
        source,
    })?;
    Ok(if *is_folder { folder } else { folder.join(files[0].0) })
}

/// Files of built-ins in the store whose content is not what was written; the next use rewrites them.
pub fn damaged(store: &Path) -> Vec<PathBuf> {
    let files = |(_, files, _): &(&str, &'static [File], bool)| {
        let folder = store.join("builtin").join(digest(files).to_string());
        files.iter().map(move |(name, bytes)| (folder.join(name), *bytes))
    };
    ENTRIES
        .iter()
        .flat_map(files)
        .filter(|(path, bytes)| fs::read(path).is_ok_and(|found| found != *bytes))
        .map(|(path, _)| path)
        .collect()
}

fn names() -> Vec<String> {
    ENTRIES.iter().map(|(name, ..)| format!("`{PREFIX}{name}`")).collect()
}

fn digest(files: &[File]) -> Digest {
    let listed: Vec<String> = files
        .iter()
        .map(|(name, bytes)| format!("{} {name}\n", Digest::of(bytes)))
        .collect();
    Digest::of(listed.concat().as_bytes())
}

/// Writes each file atomically, so that two processes may do this at once; existing files stay.
fn write(files: &[File], folder: &Path) -> Result<(), ArtifactError> {
    atomic::create_dir(folder)?;
    for (name, bytes) in files {
        let path = folder.join(name);
        let is_whole = fs::read(&path).is_ok_and(|found| found == *bytes);
        if !is_whole {
            atomic::write_atomic(&path, bytes)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_and_a_file_are_written_once_and_mended() {
        let store = tempfile::tempdir().unwrap();
        let policy = resolve("builtin:quickstart", store.path()).unwrap();
        assert!(policy.join("model.safetensors").is_file());
        let seeds = resolve("builtin:quickstart/seeds.jsonl", store.path()).unwrap();
        let whole = fs::read(&seeds).unwrap();
        fs::write(&seeds, vec![b'x'; whole.len()]).unwrap();
        assert_eq!(resolve("builtin:quickstart/seeds.jsonl", store.path()).unwrap(), seeds);
        assert_eq!(fs::read(&seeds).unwrap(), whole);
    }

    #[test]
    fn other_paths_are_left_alone_and_unknown_names_told() {
        let store = Path::new("unused");
        assert_eq!(resolve("some/folder", store).unwrap(), Path::new("some/folder"));
        let told = resolve("builtin:nothing", store).unwrap_err().to_string();
        assert!(
            told.contains("`builtin:nothing`; there are `builtin:quickstart`, "),
            "{told}"
        );
    }
}
