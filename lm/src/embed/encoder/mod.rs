//! Sentence encoders: folders of the library `sentence-transformers`, or of `transformers` alone, with a model of the
//! BERT family. Forward only, in f32, on the CPU.
//!
//! - [`files`], [`modules`]: which files are read.
//! - [`settings`]: what the library's own files say: pooling, prompt, longest text.
//! - [`family`], [`config`], [`weights`]: the model's tables of names, its shape, its tensors.
//! - [`forward`]: the computation, with [`norm`], [`activation`], [`attention`].
//!
//! What is not computed is refused by name.

mod activation;
mod attention;
mod config;
mod family;
mod files;
mod forward;
mod modules;
mod norm;
mod settings;
mod weights;

use std::path::Path;

use serde_json::{Value, json};

use super::Embedder;
use super::cut::Encoder;
use super::pooling::Pooling;
use super::run::{Model, vectors};
use crate::checkpoint::Tensors;
use crate::ops::attention::Spans;
use crate::survey::ModelFile;
use crate::{Folder, LmError, Tokenizer};
use config::EncoderConfig;
use files::EncoderFiles;
use settings::Settings;
use weights::Weights;

/// A sentence encoder: BERT, RoBERTa, XLM-RoBERTa, DistilBERT or MPNet, with mean or CLS pooling.
#[derive(Debug)]
pub struct SentenceEncoder {
    config: EncoderConfig,
    settings: Settings,
    tokenizer: Tokenizer,
    weights: Weights,
}

impl SentenceEncoder {
    /// Loads a folder: `config.json`, `tokenizer.json`, weights in safetensors files; pooling and the longest text as
    /// `modules.json`, `1_Pooling/config.json` and `sentence_bert_config.json` have them, else the mean over the tokens
    /// of whatever fits. A default prompt of `config_sentence_transformers.json` goes before every text.
    ///
    /// # Errors
    /// Names the file, key or tensor that is missing, damaged, of the wrong shape, not finite or not supported;
    /// [`LmError::Changed`] for a file that does not have the digest that `folder` expects of it.
    pub fn load(folder: impl Into<Folder>) -> Result<Self, LmError> {
        let files = EncoderFiles::read(folder.into())?;
        let (config, settings) = read(&files)?;
        let tokenizer = Tokenizer::of(files.model())?;
        let tensors = Tensors::of_model(files.model().weights()?)?;
        Ok(Self {
            weights: Weights::load(&config, &tensors)?,
            config,
            settings,
            tokenizer,
        })
    }

    /// The names of the files that [`SentenceEncoder::load`] reads from the folder `dir`, sorted.
    ///
    /// # Errors
    /// As [`crate::model_files`].
    pub fn files(dir: &Path) -> Result<Vec<String>, LmError> {
        EncoderFiles::read(dir.into())?.names()
    }

    /// Reads the folder `dir` once: returns the files that loading reads, in the order of their names, and refuses what
    /// loading would refuse, the tokenizer apart. Keeps no weights in memory.
    ///
    /// # Errors
    /// As [`SentenceEncoder::load`].
    pub fn survey(dir: &Path) -> Result<Vec<ModelFile>, LmError> {
        let files = EncoderFiles::read(dir.into())?;
        let (config, _) = read(&files)?;
        let tensors = Tensors::of_model(files.model().weights()?)?;
        Ok(files.content(weights::inspect(&config, &tensors)?))
    }

    /// The most tokens of a text that are read, those around it included.
    fn longest(&self) -> usize {
        let room = self.config.positions - self.config.first_position;
        self.settings.longest.map_or(room, |longest| longest.min(room))
    }
}

fn read(files: &EncoderFiles) -> Result<(EncoderConfig, Settings), LmError> {
    Ok((EncoderConfig::of(files.model())?, Settings::of(files)?))
}

impl Embedder for SentenceEncoder {
    fn identity(&self) -> Value {
        json!({ "kind": "sentence-encoder", "device": "flex" })
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, LmError> {
        let encoder = Encoder::new(&self.tokenizer, self.longest())?.with_prompt(&self.settings.prompt);
        let lowered = |text: &&str| match self.settings.lower_case {
            true => encoder.tokens(&text.to_lowercase()),
            false => encoder.tokens(text),
        };
        let tokens: Vec<Vec<u32>> = texts.iter().map(lowered).collect::<Result<_, _>>()?;
        vectors(self, &tokens)
    }
}

impl Model for SentenceEncoder {
    fn vocab_size(&self) -> usize {
        self.config.vocab
    }

    fn width(&self) -> usize {
        self.config.hidden
    }

    fn pooling(&self) -> Pooling {
        self.settings.pooling
    }

    fn hidden(&self, ids: &[u32], lengths: &[usize]) -> burn::tensor::Tensor<2> {
        let spans = Spans::new(lengths.iter().map(|length| (*length, None)));
        forward::forward(&self.config, &self.weights, ids, &spans)
    }
}

#[cfg(test)]
mod tests;
