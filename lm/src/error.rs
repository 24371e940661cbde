//! The one error type of this crate. Messages name the file, tensor or value at fault and what to do next.

use std::path::{Path, PathBuf};

/// Anything that keeps the policy from being loaded, saved, sampled or trained.
#[derive(Debug, thiserror::Error)]
pub enum LmError {
    /// A file could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// The action, as a verb: "read", "write", "create".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The folder of a model does not exist.
    #[error("{} is not a model folder: there is no such folder; give the folder of a downloaded model", path.display())]
    NoFolder {
        /// The folder that was given.
        path: PathBuf,
    },
    /// What should be a file of a model is none. It was not opened.
    #[error("{} is {what}, but must be a regular file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What is there, with its article.
        what: &'static str,
    },
    /// A file is not what it was when its digest was taken.
    #[error(
        "{} has changed since it was first read: put it back, or start again with what is there now",
        path.display()
    )]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A tensor of a file has values that are no numbers, or that nothing can be computed with.
    #[error(
        "{}: tensor `{tensor}` has values that are not finite (NaN or infinite), or beyond 1e18, whose squares f32 \
         cannot hold: take an intact copy",
        path.display()
    )]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
    },
    /// A tensor to be saved has values that are no numbers, so nothing was.
    #[error(
        "tensor `{tensor}` has values that are not finite (NaN or infinite), so {} is not written: lower the learning \
         rate or, of an adapter, its scale",
        path.display()
    )]
    NotSaved {
        /// The file that was to be written.
        path: PathBuf,
        /// The tensor.
        tensor: String,
    },
    /// A weight to be exported is beyond the range of the number format.
    #[error("tensor `{tensor}` has values beyond the range of {dtype}: export it as bf16 or f32")]
    OutOfRange {
        /// The tensor.
        tensor: String,
        /// The number format.
        dtype: &'static str,
    },
    /// The folder is not a Hugging Face model folder.
    #[error("{} has no {file}: expected a Hugging Face model folder ({hint})", folder.display())]
    MissingFile {
        /// The folder that was given.
        folder: PathBuf,
        /// The file that is not in it.
        file: String,
        /// Where such a file comes from.
        hint: &'static str,
    },
    /// A JSON file does not parse, or a key has the wrong type.
    #[error("{} is not valid: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Line, column and cause.
        source: serde_json::Error,
    },
    /// The model uses something that this crate does not compute.
    #[error("{}: {what} is not supported; supported: {supported}", path.display())]
    Unsupported {
        /// The configuration file.
        path: PathBuf,
        /// Key and value at fault.
        what: String,
        /// What is supported.
        supported: &'static str,
    },
    /// A configuration value that no model can have.
    #[error("{}: {message}", path.display())]
    Config {
        /// The configuration file.
        path: PathBuf,
        /// Key, value and rule.
        message: String,
    },
    /// A safetensors file is damaged, truncated, or lacks a tensor of the right shape.
    #[error("{}: {message}", path.display())]
    Checkpoint {
        /// The safetensors file or its index.
        path: PathBuf,
        /// Tensor and cause.
        message: String,
    },
    /// The tokenizer cannot be loaded or cannot encode.
    #[error("{}: {message}", path.display())]
    Tokenizer {
        /// The tokenizer file.
        path: PathBuf,
        /// The cause.
        message: String,
    },
    /// The model folder has no chat template.
    #[error(
        "{} has no chat template (chat_template.jinja, or `chat_template` in tokenizer_config.json): \
         add one, or use raw prompts for this base model",
        folder.display()
    )]
    NoChatTemplate {
        /// The model folder.
        folder: PathBuf,
    },
    /// The chat template fails on these messages.
    #[error("the chat template {} fails: {message}", path.display())]
    ChatTemplate {
        /// The file that has the template.
        path: PathBuf,
        /// The line, and what is wrong on it or what the template says.
        message: String,
    },
    /// A sequence does not fit in the model's context.
    #[error(
        "prompt {prompt} has {prompt_tokens} tokens; with {max_new_tokens} new tokens it exceeds the context of \
         {context}: lower max_new_tokens or shorten the prompt"
    )]
    ContextExceeded {
        /// Index of the prompt or sequence in the call.
        prompt: usize,
        /// Its length in tokens.
        prompt_tokens: usize,
        /// The new tokens asked for.
        max_new_tokens: usize,
        /// `max_position_embeddings` of the model.
        context: usize,
    },
    /// A value given by the caller is out of its range.
    #[error("{0}")]
    Invalid(String),
    /// The device name is unknown or the device is not in this build.
    #[error("{0}")]
    Device(String),
    /// A step of training has left something that is no number: the trainer must not be used any more.
    #[error("step {step}: {what} not finite (NaN or infinite)")]
    Diverged {
        /// The step, counted from 1.
        step: u64,
        /// What is not finite, with its verb: "the loss is".
        what: String,
    },
    /// The policy computes something that is no number.
    #[error(
        "prompt {prompt}: the policy's {what} are not finite (NaN or infinite), so its weights are damaged or too \
         large; take an intact copy or an earlier policy"
    )]
    Overflow {
        /// Index of the prompt in the call.
        prompt: usize,
        /// What is not finite, in the plural.
        what: &'static str,
    },
    /// The vector of a text is none.
    #[error(
        "text {text}: its vector is not finite (NaN or infinite), so the model's weights are damaged or too large; \
         take an intact copy"
    )]
    NoVector {
        /// Index of the text in the call.
        text: usize,
    },
    /// A sampler outside this crate failed: a server that does not answer, a reply that does not parse.
    #[error("cannot sample: {source}")]
    Sampler {
        /// The sampler's own error.
        source: Box<dyn std::error::Error + Send + Sync>,
        /// Whether the user's input or configuration is at fault.
        user: bool,
        /// Whether the same request may succeed later.
        transient: bool,
    },
}

impl LmError {
    /// True if the user's input is at fault (exit code 2), false if the machine is (disk full, no permission, a
    /// server that does not answer).
    pub fn is_user_error(&self) -> bool {
        match self {
            Self::Io { source, .. } => names_no_file(source),
            Self::Sampler { user, .. } => *user,
            _ => true,
        }
    }

    /// The error of a sampler outside this crate; `user` says whether the user's input or configuration is at fault.
    pub fn sampler(source: impl Into<Box<dyn std::error::Error + Send + Sync>>, user: bool) -> Self {
        Self::Sampler {
            source: source.into(),
            user,
            transient: false,
        }
    }

    /// The error of a sampler outside this crate that may answer later: a server that cannot be reached, still loads
    /// its model, or has too much to do.
    pub fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Sampler {
            source: source.into(),
            user: false,
            transient: true,
        }
    }

    /// Whether a sampler says that its error may pass. An error of the operating system, which is the `source`, speaks
    /// for itself.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Sampler { transient: true, .. })
    }

    /// Turns an operating system error on `path` into an [`LmError::Io`].
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}

/// Whether a path leads to no file that could be read, whatever the machine's state.
fn names_no_file(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound};
    #[cfg(unix)]
    let is_loop = error.raw_os_error() == Some(libc::ELOOP);
    #[cfg(not(unix))]
    let is_loop = false;
    is_loop || matches!(error.kind(), NotFound | NotADirectory | InvalidFilename | InvalidInput)
}
