//! A policy: weights, tokenizer and the files that make it a Hugging Face folder.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::checkpoint::{self, Tensors, peft};
use crate::config::Config;
use crate::device::Path as DevicePath;
use crate::engine::burn::BurnEngine;
use crate::engine::cpu::{self, Packed};
use crate::engine::{Engine, Room};
use crate::folder::{CONFIG, Folder, ModelFiles, TOKENIZER};
use crate::model::{Model, Weights, init};
use crate::{Device, Extent, LmError, Precision, Tokenizer};

/// A language model with its tokenizer. Cloning shares the weights until one of the two is trained.
#[derive(Debug, Clone)]
pub struct Policy {
    pub(crate) model: Model,
    tokenizer: Arc<Tokenizer>,
    /// Files of the folder that saving copies byte for byte.
    companions: Arc<Vec<(&'static str, Vec<u8>)>>,
    /// The weights as the CPU's engine reads them, once they have been packed; clones share it.
    packed: Arc<OnceLock<Arc<Packed>>>,
}

impl Policy {
    /// Loads a Hugging Face folder: `config.json`, weights in one or many safetensors files, `tokenizer.json` and the
    /// rest.
    ///
    /// Weights in f32, f16 or bf16 become f32 values; `device` says in which precision they are multiplied.
    ///
    /// # Errors
    /// Names the file, key or tensor that is missing, damaged, of the wrong shape, not finite or not supported;
    /// [`LmError::Changed`] for a file that does not have the digest that `folder` expects of it.
    pub fn load(folder: impl Into<Folder>, device: &Device) -> Result<Self, LmError> {
        let files = ModelFiles::read(folder)?;
        let mut config = Config::of(&files)?;
        let tensors = Tensors::of_model(files.weights()?)?;
        let weights = checkpoint::weights(&config, &tensors, &device.burn())?;
        // Of a folder that says so, the head may still be a matrix of its own.
        config.tied = weights.head.is_none();
        Self::new(files, config, weights, device)
    }

    /// A policy with random weights for a folder that has `config.json` and a tokenizer but need not have weights.
    ///
    /// The weights depend on the configuration and `seed` alone.
    ///
    /// # Errors
    /// As for [`Policy::load`], weights apart.
    pub fn random(folder: impl Into<Folder>, device: &Device, seed: u64) -> Result<Self, LmError> {
        let files = ModelFiles::read(folder)?;
        let config = Config::of(&files)?;
        config.check_random(&files)?;
        let weights = init::random(&config, seed, &device.burn());
        Self::new(files, config, weights, device)
    }

    fn new(files: ModelFiles, config: Config, weights: Weights, device: &Device) -> Result<Self, LmError> {
        let tokenizer = Tokenizer::of(&files)?;
        let model = Model::new(config, weights, device);
        Ok(Self {
            model,
            tokenizer: Arc::new(tokenizer),
            companions: Arc::new(files.into_companions()),
            packed: Arc::default(),
        })
    }

    /// Writes a folder that `transformers`, vLLM and [`Policy::load`] read: weights in f32, the tokenizer's, template's
    /// and generation files byte for byte. The folder is created; files of the same names are replaced.
    pub fn save(&self, dir: &Path) -> Result<(), LmError> {
        std::fs::create_dir_all(dir).map_err(LmError::io("create", dir))?;
        let write = |name: &str, bytes: &[u8]| {
            let path = dir.join(name);
            std::fs::write(&path, bytes).map_err(LmError::io("write", &path))
        };
        for (name, bytes) in self.companions.iter() {
            write(name, bytes)?;
        }
        let path = dir.join(CONFIG);
        let config = self.model.config.saved();
        let text = serde_json::to_string_pretty(&config).map_err(|source| LmError::Json { path, source })?;
        write(CONFIG, text.as_bytes())?;
        let params = self.model.params();
        let tensors = params.iter().zip(self.model.weights.iter());
        checkpoint::save_params(tensors, &dir.join("model.safetensors"))
    }

    /// The policy with the LoRA adapter in `folder` (PEFT's `adapter_config.json` and `adapter_model.safetensors`)
    /// merged into its weights: pairs of any matrices, DoRA's magnitudes, modules that were trained as a whole. If the
    /// adapter changes only one of embedding and head, the two are no longer tied.
    ///
    /// # Errors
    /// A file that is missing or damaged, an adapter of another kind or for a model of other shapes, and whatever else
    /// merging would have to leave out.
    pub fn with_adapter(&self, folder: impl Into<Folder>) -> Result<Self, LmError> {
        let folder = folder.into();
        let (config, weights) = peft::merge(&folder, &self.model.config, &self.model.weights, self.device())?;
        let mut merged = self.clone();
        // An adapter for more tokens than the model has was trained with another tokenizer.
        if config.vocab != self.vocab_size() {
            let files = ModelFiles::read(&folder)?;
            if files.get(TOKENIZER).is_some() {
                merged.tokenizer = Arc::new(Tokenizer::of(&files)?);
                merged.companions = Arc::new(replaced(&self.companions, files.into_companions()));
            }
        }
        merged.forget_copies();
        merged.model = Model::new(config, weights, self.device());
        Ok(merged)
    }

    /// Attaches the adapter in `folder`, which a trainer wrote, to the weights, for further training.
    pub(crate) fn attach(&mut self, folder: &Folder) -> Result<(), LmError> {
        let Model {
            weights,
            config,
            device,
            ..
        } = &mut self.model;
        peft::attach(folder, weights, config, &device.burn())
    }

    /// The policy with its adapter merged into the weights, in place unless they are shared.
    pub(crate) fn merged(mut self) -> Self {
        if self.model.weights.adapted() {
            let path = self.model.device.path();
            self.weights_mut().merge(path);
        }
        self
    }

    /// The weights as the CPU's engine reads them: packed on the first call and kept, since a stage opens many engines.
    pub(crate) fn packed(&self) -> Arc<Packed> {
        Arc::clone(self.packed.get_or_init(|| Arc::new(Packed::new(&self.model))))
    }

    /// The engine for the policy's device.
    pub(crate) fn engine(&self, room: Room) -> Box<dyn Engine + '_> {
        match self.device().path() {
            DevicePath::Host => cpu::open(&self.model, self.packed(), room),
            DevicePath::Plain => Box::new(BurnEngine::new(&self.model, room)),
        }
    }

    /// The same policy, multiplying in another precision.
    #[must_use]
    pub fn with_precision(mut self, precision: Precision) -> Self {
        if self.device().precision() != precision {
            self.forget_copies();
            self.model.device = self.model.device.with_precision(precision);
        }
        self
    }

    /// A copy of the policy on another device.
    pub(crate) fn on(&self, device: &Device) -> Self {
        let Model { config, weights, .. } = &self.model;
        let weights = weights.map(|tensor| tensor.clone().to_device(&device.burn()));
        Self {
            model: Model::new(Config::clone(config), weights, device),
            packed: Arc::default(),
            ..self.clone()
        }
    }

    /// Drops the packed and rounded copies of the weights, before the weights change or where the memory is needed.
    /// Clones keep theirs.
    pub(crate) fn forget_copies(&mut self) {
        self.packed = Arc::default();
        self.model.forget_rounded();
    }

    /// The weights, to change; drops their packed and rounded copies.
    pub(crate) fn weights_mut(&mut self) -> &mut Weights {
        self.forget_copies();
        &mut self.model.weights
    }

    /// The names of the files that saving copies.
    #[cfg(test)]
    pub(crate) fn companions(&self) -> impl Iterator<Item = &'static str> {
        self.companions.iter().map(|(name, _)| *name)
    }

    /// The policy's tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The most tokens a sequence may have (`max_position_embeddings`).
    pub fn context_length(&self) -> usize {
        self.model.config.context
    }

    /// Number of rows of the embedding: every token id is below it.
    pub fn vocab_size(&self) -> usize {
        self.model.config.vocab
    }

    /// The device that the weights are on, with the precision of products.
    pub fn device(&self) -> &Device {
        &self.model.device
    }

    /// Number of trainable values.
    pub fn parameters(&self) -> usize {
        self.model
            .weights
            .iter()
            .map(|tensor| tensor.dims().iter().product::<usize>())
            .sum()
    }

    /// How far its token ids and sequences go.
    pub(crate) fn extent(&self) -> Extent {
        Extent {
            vocab: self.vocab_size(),
            context: self.context_length(),
        }
    }
}

/// A file's name and bytes.
type Companion = (&'static str, Vec<u8>);

/// `files` with the new ones in the place of those of the same names.
fn replaced(files: &[Companion], new: Vec<Companion>) -> Vec<Companion> {
    let mut files = files.to_vec();
    files.retain(|(name, _)| new.iter().all(|(other, _)| other != name));
    files.extend(new);
    files
}
