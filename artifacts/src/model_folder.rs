//! The files of a folder that make up a model, in the layout of Hugging Face `transformers`.
//!
//! Knows only names; loading the model is left to others.

use std::path::{Path, PathBuf};

use crate::{ArtifactError, Digest, Tree};

/// Files that matter besides the weights.
const NAMES: [&str; 11] = [
    "added_tokens.json",
    "chat_template.jinja",
    "config.json",
    "generation_config.json",
    "merges.txt",
    "model.safetensors.index.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "vocab.json",
];

/// The names of the files in `dir` that make up the model, sorted: weights (`model*.safetensors`), configuration and
/// tokenizer. Omits others, such as a readme, the state of an optimizer or weights in other formats.
///
/// # Errors
/// [`ArtifactError::ModelFolder`] if there is no such folder or it has no `config.json`.
pub fn list(dir: &Path) -> Result<Vec<String>, ArtifactError> {
    let wrong = |reason: &str| ArtifactError::ModelFolder {
        path: dir.to_owned(),
        reason: reason.to_owned(),
    };
    if !dir.is_dir() {
        return Err(wrong("there is no such folder; give the folder of a downloaded model"));
    }
    let io = |e| ArtifactError::io("list", dir)(e);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(io)? {
        let entry = entry.map_err(io)?;
        // `Path::is_file` follows links, which caches of downloaded models consist of.
        if let Ok(name) = entry.file_name().into_string()
            && is_of_model(&name)
            && entry.path().is_file()
        {
            names.push(name);
        }
    }
    if !names.iter().any(|name| name == "config.json") {
        return Err(wrong(
            "it has no `config.json`; give the folder that holds config.json, tokenizer.json and *.safetensors",
        ));
    }
    names.sort_unstable();
    Ok(names)
}

fn is_of_model(name: &str) -> bool {
    NAMES.contains(&name) || (name.starts_with("model") && name.ends_with(".safetensors"))
}

/// The model in `dir` as a tree. Hashes every file and copies none.
///
/// # Errors
/// Those of [`list`]; or a file cannot be read, or is a damaged object of a store.
pub fn digest(dir: &Path) -> Result<Tree, ArtifactError> {
    let tree = Tree::of_files(dir, &list(dir)?)?;
    for (name, file) in &tree.files {
        // A policy made by a run is a folder of links to objects, whose content must match their names.
        if let Some((path, expected)) = linked_object(&dir.join(name))
            && expected != file.digest
        {
            let found = file.digest;
            return Err(ArtifactError::Damaged { path, expected, found });
        }
    }
    Ok(tree)
}

/// The object of a store that `link` points to, and the digest in its name.
fn linked_object(link: &Path) -> Option<(PathBuf, Digest)> {
    let path = std::fs::canonicalize(link).ok()?;
    let name = |path: &Path| path.file_name()?.to_str().map(str::to_owned);
    let shard = path.parent()?;
    if name(shard.parent()?)? != "objects" {
        return None;
    }
    let digest = (name(shard)? + &name(&path)?).parse().ok()?;
    Some((path, digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_model_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "config.json",
            "model-1.safetensors",
            "README.md",
            "tokenizer.json",
            "pytorch_model.bin",
            "optimizer.safetensors",
        ] {
            std::fs::write(dir.path().join(name), name).unwrap();
        }
        std::fs::create_dir(dir.path().join("odd.safetensors")).unwrap();
        assert_eq!(
            list(dir.path()).unwrap(),
            ["config.json", "model-1.safetensors", "tokenizer.json"]
        );

        let tree = digest(dir.path()).unwrap();
        assert_eq!(
            tree.files["model-1.safetensors"].digest,
            Digest::of(b"model-1.safetensors")
        );
        let before = tree.digest();
        std::fs::write(dir.path().join("README.md"), "other").unwrap();
        assert_eq!(digest(dir.path()).unwrap().digest(), before);
        std::fs::write(dir.path().join("config.json"), "{}").unwrap();
        assert_ne!(digest(dir.path()).unwrap().digest(), before);
    }

    #[test]
    fn what_is_not_a_model_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = list(dir.path()).unwrap_err();
        assert!(
            error.is_user_error() && error.to_string().contains("config.json"),
            "{error}"
        );
        let error = list(&dir.path().join("absent")).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("absent is not a model folder: there is no such folder"),
            "{error}"
        );
    }

    #[test]
    fn links_to_damaged_objects_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::ObjectStore::open(dir.path()).unwrap();
        let made = dir.path().join("made");
        std::fs::create_dir(&made).unwrap();
        std::fs::write(made.join("config.json"), "{}").unwrap();
        let (tree, _) = store.put_tree(&made, &["config.json".to_owned()]).unwrap();
        let folder = store.checkout(&tree).unwrap();
        assert!(digest(&folder).is_ok());
        let object = store.path(&Digest::of(b"{}"));
        std::fs::remove_file(&object).unwrap();
        std::fs::write(&object, "[]").unwrap();
        assert!(matches!(digest(&folder), Err(ArtifactError::Damaged { .. })));
    }
}
