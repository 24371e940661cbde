//! The files of a model folder that loading reads: these are its content, and no others.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::index::Index;
use super::{Folder, Source};
use crate::LmError;

/// File of the model's shape.
pub(crate) const CONFIG: &str = "config.json";
/// File of the tokenizer.
pub(crate) const TOKENIZER: &str = "tokenizer.json";
/// File of how to sample, and of the tokens that end a response.
pub(crate) const GENERATION: &str = "generation_config.json";
/// File of what the tokenizer is made from and how it is used.
pub(crate) const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
/// File of all weights.
pub(crate) const WEIGHTS: &str = "model.safetensors";
/// File that says which files the weights are in, if they are in several.
pub(crate) const INDEX: &str = "model.safetensors.index.json";

/// Files that belong to the policy and that training does not change: saving copies them byte for byte.
const COMPANIONS: [&str; 9] = [
    "added_tokens.json",
    "chat_template.jinja",
    GENERATION,
    "merges.txt",
    "special_tokens_map.json",
    TOKENIZER,
    "tokenizer.model",
    TOKENIZER_CONFIG,
    "vocab.json",
];

/// The files of a model folder: the small ones with their bytes, each read once, and where the weights are.
#[derive(Debug)]
pub(crate) struct ModelFiles {
    folder: Folder,
    small: BTreeMap<&'static str, Vec<u8>>,
}

/// Where the weights of a folder are.
pub(crate) struct WeightFiles {
    /// The file that errors about missing tensors name: the index, or the only file.
    pub path: PathBuf,
    /// In the order of their names.
    pub files: Vec<Source>,
    /// None if everything is in one file.
    pub index: Option<Index>,
}

impl ModelFiles {
    /// Reads the small files of `folder`.
    ///
    /// # Errors
    /// There is no such folder, or a file in it is not a regular one, cannot be read or has changed.
    pub fn read(folder: impl Into<Folder>) -> Result<Self, LmError> {
        let folder = folder.into();
        if !folder.dir().is_dir() {
            return Err(LmError::NoFolder {
                path: folder.dir().to_path_buf(),
            });
        }
        let mut small = BTreeMap::new();
        for name in [CONFIG].into_iter().chain(COMPANIONS) {
            small.extend(folder.read(name)?.map(|bytes| (name, bytes)));
        }
        // As in `transformers`, the one file goes before an index that was left behind.
        if folder.source(WEIGHTS)?.is_none() {
            small.extend(folder.read(INDEX)?.map(|bytes| (INDEX, bytes)));
        }
        Ok(Self { folder, small })
    }

    /// The folder itself, for errors.
    pub fn dir(&self) -> &std::path::Path {
        self.folder.dir()
    }

    /// Where the file `name` is, for errors.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path(name)
    }

    /// The bytes of a small file, if there is one.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.small.get(name).map(Vec::as_slice)
    }

    /// The bytes of a small file that a model folder must have; `hint` says where it comes from.
    pub fn need(&self, name: &str, hint: &'static str) -> Result<&[u8], LmError> {
        self.get(name).ok_or_else(|| self.missing(name, hint))
    }

    /// The content of a JSON file; the default if there is no such file.
    pub fn json<T: Default + serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, LmError> {
        let Some(bytes) = self.get(name) else {
            return Ok(T::default());
        };
        serde_json::from_slice(bytes).map_err(|source| LmError::Json {
            path: self.path(name),
            source,
        })
    }

    /// All small files.
    pub fn small(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.small.iter().map(|(name, bytes)| (*name, bytes.as_slice()))
    }

    /// The files of the weights.
    ///
    /// # Errors
    /// There are none, one is missing, or the index is not valid.
    pub fn weights(&self) -> Result<WeightFiles, LmError> {
        let Some(bytes) = self.get(INDEX) else {
            let hint = "weights as safetensors, in one file or with model.safetensors.index.json";
            let file = self.folder.source(WEIGHTS)?;
            return Ok(WeightFiles {
                path: self.path(WEIGHTS),
                files: vec![file.ok_or_else(|| self.missing(WEIGHTS, hint))?],
                index: None,
            });
        };
        let index = Index::parse(&self.path(INDEX), bytes)?;
        let source = |name: String| {
            let file = self.folder.source(&name)?;
            file.ok_or_else(|| self.missing(&name, "its model.safetensors.index.json names that file"))
        };
        Ok(WeightFiles {
            path: self.path(INDEX),
            files: index.files().into_iter().map(source).collect::<Result<_, _>>()?,
            index: Some(index),
        })
    }

    /// The files that saving copies.
    pub fn into_companions(mut self) -> Vec<(&'static str, Vec<u8>)> {
        self.small.retain(|name, _| COMPANIONS.contains(name));
        self.small.into_iter().collect()
    }

    fn missing(&self, name: &str, hint: &'static str) -> LmError {
        LmError::MissingFile {
            folder: self.dir().to_path_buf(),
            file: name.to_owned(),
            hint,
        }
    }
}
