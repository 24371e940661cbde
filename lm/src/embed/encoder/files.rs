//! The files of an encoder's folder that loading reads: these are its content, and no others.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::de::DeserializeOwned;

use super::modules;
use crate::LmError;
use crate::checkpoint::Digested;
use crate::config::parsed;
use crate::folder::{Folder, ModelFiles};
use crate::survey::{ModelFile, content};

/// What a text goes through.
const MODULES: &str = "modules.json";

/// Prompts.
pub(super) const PROMPTS: &str = "config_sentence_transformers.json";

/// Settings of the model; the first file that exists counts.
pub(super) const MODEL: [&str; 4] = [
    "sentence_bert_config.json",
    "sentence_roberta_config.json",
    "sentence_distilbert_config.json",
    "sentence_xlm-roberta_config.json",
];

/// The files of a folder, the small ones with their bytes, each read once.
pub(super) struct EncoderFiles {
    folder: Folder,
    model: ModelFiles,
    /// Those of the library `sentence-transformers`.
    own: BTreeMap<String, Vec<u8>>,
    /// Which of them has the settings of pooling.
    pooling: Option<String>,
}

impl EncoderFiles {
    /// Reads the small files of `folder`.
    ///
    /// # Errors
    /// There is no such folder, or a file in it is not a regular one, cannot be read or has changed; modules that are
    /// not supported.
    pub fn read(folder: Folder) -> Result<Self, LmError> {
        let mut files = Self {
            model: ModelFiles::read(&folder)?,
            folder,
            own: BTreeMap::new(),
            pooling: None,
        };
        for name in [MODULES, PROMPTS].into_iter().chain(MODEL) {
            files.add(name)?;
        }
        if let Some(bytes) = files.own.get(MODULES) {
            files.pooling = modules::pooling(&files.path(MODULES), bytes)?;
        }
        if let Some(pooling) = files.pooling.clone() {
            files.add(&pooling)?;
        }
        Ok(files)
    }

    fn add(&mut self, name: &str) -> Result<(), LmError> {
        let bytes = self.folder.read(name)?;
        self.own.extend(bytes.map(|bytes| (name.to_owned(), bytes)));
        Ok(())
    }

    /// The name of the file with the settings of pooling, if `modules.json` says.
    pub fn pooling(&self) -> Option<&str> {
        self.pooling.as_deref()
    }

    /// Those that any model folder has.
    pub fn model(&self) -> &ModelFiles {
        &self.model
    }

    /// Where the file `name` is, for errors.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path(name)
    }

    /// Whether there is a file `name` of the library's own.
    pub fn has(&self, name: &str) -> bool {
        self.own.contains_key(name)
    }

    /// The content of a JSON file of the library's own; the default if there is no such file.
    ///
    /// # Errors
    /// It is not valid.
    pub fn json<T: Default + DeserializeOwned>(&self, name: &str) -> Result<T, LmError> {
        let Some(bytes) = self.own.get(name) else {
            return Ok(T::default());
        };
        parsed(&self.path(name), bytes)
    }

    /// The names of all files, sorted.
    ///
    /// # Errors
    /// There are no weights.
    pub fn names(&self) -> Result<Vec<String>, LmError> {
        let weights = self.model.weights()?.files.into_iter().map(|file| file.name);
        let mut names: Vec<String> = self.small().map(|(name, _)| name.to_owned()).chain(weights).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// All files with their digests, `weights` being those of the weights.
    pub fn content(&self, weights: Vec<Digested>) -> Vec<ModelFile> {
        content(self.small(), weights)
    }

    fn small(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let own = self.own.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        self.model.small().chain(own)
    }
}
