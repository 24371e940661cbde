//! Text to token ids and back, and chat prompts, from the files of a model folder.

mod bounds;
mod caught;
mod charsmap;
mod chat;
mod control;
mod files;

use std::path::PathBuf;

use serl_chat::{Conversation, Message, Rendered};

use crate::LmError;
use crate::folder::{Folder, ModelFiles, TOKENIZER};
use caught::caught;
use chat::Chat;
use control::Control;
use files::Files;

/// `tokenizer.json` with what the files beside it say about special tokens and chat.
#[derive(Debug)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    path: PathBuf,
    bos: Option<u32>,
    ends: Vec<u32>,
    turn_end: Option<u32>,
    chat: Chat,
    control: Control,
}

impl Tokenizer {
    /// Loads the tokenizer of a model folder.
    ///
    /// Responses end at any of the tokens that `generation_config.json`, `config.json` or the tokenizer's `eos_token`
    /// (`tokenizer_config.json`, else `special_tokens_map.json`) names.
    ///
    /// # Errors
    /// A file that is missing, cannot be read, or is not valid.
    pub fn load(folder: impl Into<Folder>) -> Result<Self, LmError> {
        Self::of(&ModelFiles::read(folder)?)
    }

    /// The tokenizer of a model folder that has been read.
    pub(crate) fn of(folder: &ModelFiles) -> Result<Self, LmError> {
        let hint = "a fast tokenizer; `AutoTokenizer.from_pretrained(..).save_pretrained(..)` writes one";
        let bytes = folder.need(TOKENIZER, hint)?;
        let path = folder.path(TOKENIZER);
        let problem = |error: tokenizers::Error| LmError::Tokenizer {
            path: path.clone(),
            message: format!("not a valid tokenizer: {error}"),
        };
        let harmless = charsmap::check(bytes).and_then(|()| bounds::check(bytes));
        harmless.map_err(|error| problem(error.into()))?;
        let read = caught(|| tokenizers::Tokenizer::from_bytes(bytes));
        let mut inner = read.unwrap_or_else(|panic| Err(panic.into())).map_err(problem)?;
        inner.with_padding(None);
        inner.with_truncation(None).map_err(problem)?;
        let files = Files::of(folder)?;

        let id = |name: &str| inner.token_to_id(files.special_tokens.get(name)?);
        let bos = id("bos_token").or(files.begin);
        let eos = id("eos_token");
        let mut ends = files.ends;
        ends.extend(eos.filter(|eos| !ends.contains(eos)));
        let chat = Chat::new(folder.dir().to_path_buf(), files.template, files.special_tokens);
        let control = Control::new(&inner, |token| chat.mentions(token));
        let mut tokenizer = Self {
            inner,
            path,
            bos,
            turn_end: eos.or_else(|| ends.first().copied()),
            ends,
            chat,
            control,
        };
        if let Some(after) = tokenizer.chat.after_assistant() {
            let after = tokenizer.encode(&after)?;
            let written = after.into_iter().find(|id| tokenizer.ends.contains(id));
            tokenizer.turn_end = written.or(tokenizer.turn_end);
        }
        Ok(tokenizer)
    }

    /// Token ids of a text. Special tokens that the text spells out are recognised; none are added.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, LmError> {
        self.call(|inner| Ok(inner.encode_fast(text, false)?.get_ids().to_vec()))
    }

    /// The text of token ids, without special tokens. Unknown ids are left out; ids that no decoder can join give no
    /// text.
    pub fn decode(&self, tokens: &[u32]) -> String {
        self.call(|inner| inner.decode(tokens, true)).unwrap_or_default()
    }

    /// The text of one token as the vocabulary has it.
    pub fn piece(&self, token: u32) -> Option<String> {
        self.inner.id_to_token(token)
    }

    /// The result of a call of the library, which may panic on what a file asks for.
    fn call<T>(&self, call: impl FnOnce(&tokenizers::Tokenizer) -> tokenizers::Result<T>) -> Result<T, LmError> {
        let result = caught(|| call(&self.inner)).unwrap_or_else(|panic| Err(panic.into()));
        result.map_err(|error| LmError::Tokenizer {
            path: self.path.clone(),
            message: error.to_string(),
        })
    }

    /// The begin-of-sequence token, if the model has one. The template or the tokenizer says whether a prompt begins
    /// with it.
    pub fn bos_id(&self) -> Option<u32> {
        self.bos
    }

    /// The tokens that end a response. May be empty for a model that names none.
    pub fn eos_ids(&self) -> &[u32] {
        &self.ends
    }

    /// The token that a response should be taught to end with: the one of [`Tokenizer::eos_ids`] that the chat template
    /// writes after the assistant's turn, else the tokenizer's `eos_token`, else the first of them.
    pub fn turn_end(&self) -> Option<u32> {
        self.turn_end
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
        self.encode_rendered(&self.render(&Conversation::prompt(messages))?)
    }

    /// The text of a conversation in the chat template.
    ///
    /// # Errors
    /// As for [`Tokenizer::chat`].
    pub fn render(&self, conversation: &Conversation) -> Result<Rendered, LmError> {
        self.chat.render(conversation)
    }

    /// Token ids of a text. Control tokens that its data spells out are text; those of the rest are recognised. None
    /// are added.
    ///
    /// # Errors
    /// If the tokenizer cannot encode the text.
    pub fn encode_rendered(&self, text: &Rendered) -> Result<Vec<u32>, LmError> {
        self.call(|inner| self.control.encode(inner, text))
    }

    /// The prompt of a base model: exactly the tokens of `tokenizer(text)` in `transformers`.
    ///
    /// # Errors
    /// If the tokenizer cannot encode the text.
    pub fn raw(&self, text: &str) -> Result<Vec<u32>, LmError> {
        self.raw_rendered(&Rendered::trusted(text))
    }

    /// As [`Tokenizer::raw`], but control tokens that the text's data spells out are text.
    ///
    /// # Errors
    /// If the tokenizer cannot encode the text.
    pub fn raw_rendered(&self, text: &Rendered) -> Result<Vec<u32>, LmError> {
        let tokens = self.encode_rendered(text)?;
        let [before, after] = self.around()?;
        Ok([before, tokens, after].concat())
    }

    /// The tokens that the tokenizer puts before and after a text: those of its post-processor. `add_bos_token` in
    /// `tokenizer_config.json` changes nothing beside a `tokenizer.json`, as in `transformers`.
    ///
    /// # Errors
    /// If the tokenizer cannot encode the empty text.
    pub fn around(&self) -> Result<[Vec<u32>; 2], LmError> {
        // The post-processor sees ids, not texts: what it puts around one is what it puts around any.
        let encode = |add| self.call(|inner| Ok(inner.encode_fast("a", add)?.get_ids().to_vec()));
        let (bare, added) = (encode(false)?, encode(true)?);
        let start = added
            .windows(bare.len().max(1))
            .position(|window| window == bare)
            .unwrap_or(0);
        let end = (start + bare.len()).min(added.len());
        Ok([added[..start].to_vec(), added[end..].to_vec()])
    }
}

#[cfg(test)]
mod tests;
