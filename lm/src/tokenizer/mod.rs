//! Text to token ids and back, and chat prompts, from the files of a model folder.

mod caught;
mod chat;
mod special;

use std::path::PathBuf;

use serde::Deserialize;

pub use chat::Message;

use crate::LmError;
use crate::config::Ids;
use crate::folder::{CONFIG, Folder, ModelFiles, TOKENIZER};
use caught::caught;
use chat::Template;
use special::{SpecialToken, TokenizerConfig};

/// `tokenizer.json` with what the files beside it say about special tokens and chat.
#[derive(Debug)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    path: PathBuf,
    bos: Option<u32>,
    eos: Vec<u32>,
    template: Template,
}

#[derive(Debug, Default, Deserialize)]
struct TokenIds {
    bos_token_id: Option<Ids>,
    eos_token_id: Option<Ids>,
}

impl Tokenizer {
    /// Loads the tokenizer of a model folder.
    ///
    /// End tokens are those of `generation_config.json`, else `config.json`, else `tokenizer_config.json`; the begin
    /// token is that of `tokenizer_config.json`, else `config.json`.
    ///
    /// # Errors
    /// A file that is missing, cannot be read, or is not valid.
    pub fn load(folder: impl Into<Folder>) -> Result<Self, LmError> {
        Self::of(&ModelFiles::read(folder)?)
    }

    /// The tokenizer of a model folder that has been read.
    pub(crate) fn of(files: &ModelFiles) -> Result<Self, LmError> {
        let hint = "a fast tokenizer; `AutoTokenizer.from_pretrained(..).save_pretrained(..)` writes one";
        let bytes = files.need(TOKENIZER, hint)?;
        let path = files.path(TOKENIZER);
        let problem = |error: tokenizers::Error| LmError::Tokenizer {
            path: path.clone(),
            message: format!("not a valid tokenizer: {error}"),
        };
        let read = caught(|| tokenizers::Tokenizer::from_bytes(bytes));
        let mut inner = read.unwrap_or_else(|panic| Err(panic.into())).map_err(problem)?;
        inner.with_padding(None);
        inner.with_truncation(None).map_err(problem)?;

        let config: TokenizerConfig = files.json("tokenizer_config.json")?;
        let generation: TokenIds = files.json("generation_config.json")?;
        let model: TokenIds = files.json(CONFIG)?;
        let id = |token: &Option<SpecialToken>| inner.token_to_id(token.as_ref()?.text());
        let bos = if config.bos_token.is_some() {
            id(&config.bos_token)
        } else {
            model.bos_token_id.and_then(|ids| ids.first())
        };
        let eos = generation.eos_token_id.or(model.eos_token_id).map(Ids::into_vec);
        let eos = eos.unwrap_or_else(|| id(&config.eos_token).into_iter().collect());
        let template = Template::load(files, &config)?;
        Ok(Self {
            inner,
            path,
            bos,
            eos,
            template,
        })
    }

    /// Token ids of a text. Special tokens that the text spells out are recognised; none are added.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, LmError> {
        match self.inner.encode_fast(text, false) {
            Ok(encoding) => Ok(encoding.get_ids().to_vec()),
            Err(error) => Err(self.problem(&error)),
        }
    }

    /// The text of token ids, without special tokens. Unknown ids are left out; ids that no decoder can join give no
    /// text.
    pub fn decode(&self, tokens: &[u32]) -> String {
        self.inner.decode(tokens, true).unwrap_or_default()
    }

    fn problem(&self, error: &tokenizers::Error) -> LmError {
        LmError::Tokenizer {
            path: self.path.clone(),
            message: error.to_string(),
        }
    }

    /// The begin-of-sequence token, if the model has one.
    pub fn bos_id(&self) -> Option<u32> {
        self.bos
    }

    /// The tokens that end a response. May be empty for a model that names none.
    pub fn eos_ids(&self) -> &[u32] {
        &self.eos
    }

    /// Number of tokens, added ones included.
    pub fn vocab_size(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// The prompt of a conversation: the chat template with the header of the assistant's turn at the end, as token
    /// ids.
    ///
    /// # Errors
    /// If the folder has no template, or the template refuses the messages.
    pub fn chat(&self, messages: &[Message]) -> Result<Vec<u32>, LmError> {
        self.encode(&self.template.render(messages)?)
    }

    /// The prompt of a base model: the begin token, if there is one, and the text.
    pub fn raw(&self, text: &str) -> Result<Vec<u32>, LmError> {
        let mut tokens: Vec<u32> = self.bos.into_iter().collect();
        tokens.extend(self.encode(text)?);
        Ok(tokens)
    }
}
