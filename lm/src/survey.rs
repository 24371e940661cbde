//! The content of a model folder, without the model: which files loading reads, and their digests.

use std::path::Path;

use crate::LmError;
use crate::checkpoint::{self, Digested, Tensors};
use crate::config::Config;
use crate::folder::ModelFiles;

/// A file that loading a model folder reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFile {
    /// Its name relative to the folder, `/` between levels.
    pub name: String,
    /// The BLAKE3 digest of its content.
    pub digest: [u8; 32],
    /// Its length in bytes.
    pub bytes: u64,
}

/// The names of the files that [`Policy::load`](crate::Policy::load) reads from the folder `dir`, sorted: these and no
/// others make up the model.
///
/// # Errors
/// A file that is missing, is not a regular one or is outside the folder.
pub fn model_files(dir: &Path) -> Result<Vec<String>, LmError> {
    let files = ModelFiles::read(dir)?;
    let weights = files.weights()?.files.into_iter().map(|file| file.name);
    let mut names: Vec<String> = files.small().map(|(name, _)| name.to_owned()).chain(weights).collect();
    names.sort_unstable();
    Ok(names)
}

/// Reads the model folder `dir` once: returns the files that loading reads, in the order of their names, and refuses
/// what loading would refuse, the tokenizer apart. Keeps no weights in memory.
///
/// # Errors
/// As [`Policy::load`](crate::Policy::load).
pub fn survey(dir: &Path) -> Result<Vec<ModelFile>, LmError> {
    let files = ModelFiles::read(dir)?;
    let config = Config::of(&files)?;
    let tensors = Tensors::of_model(files.weights()?)?;
    let weights = checkpoint::inspect(&config, &tensors)?;
    Ok(content(files.small(), weights))
}

/// The files of a folder in the order of their names: the small ones with their bytes, and those of the weights.
pub(crate) fn content<'a>(small: impl Iterator<Item = (&'a str, &'a [u8])>, weights: Vec<Digested>) -> Vec<ModelFile> {
    let small = small.map(|(name, bytes)| ModelFile {
        name: name.to_owned(),
        digest: *blake3::hash(bytes).as_bytes(),
        bytes: bytes.len() as u64,
    });
    let large = weights
        .into_iter()
        .map(|Digested { name, digest, bytes }| ModelFile { name, digest, bytes });
    let mut all: Vec<ModelFile> = small.chain(large).collect();
    all.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::folder;
    use crate::{Device, Folder, Policy};

    /// A folder with weights.
    fn saved() -> tempfile::TempDir {
        let (folder, saved) = (folder("qwen2", false), tempfile::tempdir().unwrap());
        let policy = Policy::random(folder.path(), &Device::flex(), 1).unwrap();
        policy.save(saved.path()).unwrap();
        saved
    }

    fn names(dir: &Path) -> Vec<String> {
        survey(dir).unwrap().into_iter().map(|file| file.name).collect()
    }

    /// Moves the weights to `name`, and names that in an index.
    fn shard(dir: &Path, name: &str) {
        let bytes = std::fs::read(dir.join("model.safetensors")).unwrap();
        let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let map: serde_json::Map<_, _> = tensors
            .names()
            .into_iter()
            .map(|t| (t.to_string(), name.into()))
            .collect();
        let to = dir.join(name);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::rename(dir.join("model.safetensors"), to).unwrap();
        let index = serde_json::json!({ "weight_map": map });
        std::fs::write(dir.join("model.safetensors.index.json"), index.to_string()).unwrap();
    }

    #[test]
    fn the_files_that_loading_reads_are_the_content_and_no_others() {
        let dir = saved();
        let dir = dir.path();
        let expected = [
            "config.json",
            "model.safetensors",
            "tokenizer.json",
            "tokenizer_config.json",
        ];
        for other in [
            "README.md",
            "optimizer.safetensors",
            "model-00002.safetensors",
            "pytorch_model.bin",
        ] {
            std::fs::write(dir.join(other), other).unwrap();
        }
        assert_eq!(names(dir), expected);
        assert_eq!(model_files(dir).unwrap(), expected);
        for file in survey(dir).unwrap() {
            let bytes = std::fs::read(dir.join(&file.name)).unwrap();
            assert_eq!(
                (file.digest, file.bytes),
                (*blake3::hash(&bytes).as_bytes(), bytes.len() as u64)
            );
        }
    }

    #[test]
    fn weights_count_whatever_their_names() {
        for name in ["weights.safetensors", "sub/folder/w.bin"] {
            let dir = saved();
            shard(dir.path(), name);
            let mut expected = [
                "config.json",
                "model.safetensors.index.json",
                "tokenizer.json",
                "tokenizer_config.json",
                name,
            ];
            expected.sort_unstable();
            assert_eq!(names(dir.path()), expected);
            Policy::load(dir.path(), &Device::flex()).unwrap();
        }
    }

    #[test]
    fn a_changed_file_is_named_and_nothing_is_loaded() {
        let sharded = saved();
        shard(sharded.path(), "w/1.safetensors");
        for dir in [saved(), sharded] {
            let dir = dir.path();
            let surveyed = survey(dir).unwrap();
            let then = Folder::with_digests(dir, surveyed.iter().map(|file| (file.name.clone(), file.digest)));
            let load = || Policy::load(&then, &Device::flex());
            load().unwrap();
            // What was not there does not count.
            std::fs::write(dir.join("chat_template.jinja"), "new").unwrap();
            assert!(!load().unwrap().companions().any(|name| name == "chat_template.jinja"));
            for file in surveyed {
                let path = dir.join(&file.name);
                let whole = std::fs::read(&path).unwrap();
                let changed = |bytes: Option<&[u8]>| {
                    std::fs::remove_file(&path).unwrap();
                    if let Some(bytes) = bytes {
                        std::fs::write(&path, bytes).unwrap();
                    }
                    let error = load().unwrap_err();
                    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
                    assert!(
                        matches!(error, LmError::Changed { .. }) && error.is_user_error(),
                        "{error}"
                    );
                    std::fs::write(&path, &whole).unwrap();
                };
                for at in [0, 9, whole.len() / 2, whole.len() - 1] {
                    let mut flipped = whole.clone();
                    flipped[at] ^= 1;
                    changed(Some(&flipped));
                }
                changed(Some(&whole[..whole.len() / 2]));
                changed(Some(&[whole.as_slice(), b"more"].concat()));
                changed(None);
            }
            load().unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn pipes_devices_and_folders_are_not_opened_and_links_are_followed() {
        use std::os::unix::fs::symlink;
        let not_files = |dir: &Path, name: &str| {
            let path = dir.join(name);
            let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
            assert!(made.success());
            let piped = survey(dir).unwrap_err().to_string();
            assert!(
                piped.contains(name) && piped.contains("is a pipe, socket or device"),
                "{piped}"
            );
            std::fs::remove_file(&path).unwrap();
            for target in ["/dev/zero", "."] {
                symlink(target, &path).unwrap();
                assert!(matches!(survey(dir).unwrap_err(), LmError::NotAFile { .. }), "{target}");
                std::fs::remove_file(&path).unwrap();
            }
            symlink(name, &path).unwrap();
            assert!(survey(dir).unwrap_err().is_user_error(), "a link to itself");
            std::fs::remove_file(&path).unwrap();
        };
        let dir = saved();
        shard(dir.path(), "w.safetensors");
        for file in survey(dir.path()).unwrap() {
            let (aside, path) = (dir.path().join("aside"), dir.path().join(&file.name));
            std::fs::rename(&path, &aside).unwrap();
            not_files(dir.path(), &file.name);
            symlink(&aside, &path).unwrap();
            assert!(survey(dir.path()).unwrap().contains(&file), "{}", file.name);
            std::fs::remove_file(&path).unwrap();
            std::fs::rename(&aside, &path).unwrap();
        }
        not_files(dir.path(), "merges.txt");
    }

    #[test]
    fn what_is_not_a_number_is_named() {
        let dir = saved();
        let path = dir.path().join("model.safetensors");
        let bytes = std::fs::read(&path).unwrap();
        let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let start = tensors
            .tensor("model.layers.1.mlp.up_proj.weight")
            .unwrap()
            .data()
            .as_ptr() as usize;
        let at = start - bytes.as_ptr() as usize;
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 3e38, -1.1e18] {
            let mut bytes = bytes.clone();
            bytes[at + 40..at + 44].copy_from_slice(&value.to_le_bytes());
            std::fs::write(&path, bytes).unwrap();
            for error in [
                survey(dir.path()).unwrap_err(),
                Policy::load(dir.path(), &Device::flex()).unwrap_err(),
            ] {
                assert!(
                    error.to_string().contains("`model.layers.1.mlp.up_proj.weight`"),
                    "{error}"
                );
                assert!(matches!(error, LmError::NotFinite { .. }) && error.is_user_error());
            }
        }
    }

    #[test]
    fn no_folder_and_no_weights_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let error = survey(&dir.path().join("absent")).unwrap_err().to_string();
        assert!(
            error.contains("absent is not a model folder: there is no such folder"),
            "{error}"
        );
        let error = survey(dir.path()).unwrap_err();
        assert!(
            error.is_user_error() && error.to_string().contains("has no config.json"),
            "{error}"
        );
        let empty = folder("llama", true);
        let error = survey(empty.path()).unwrap_err();
        assert!(
            error.is_user_error() && error.to_string().contains("has no model.safetensors"),
            "{error}"
        );
    }
}
