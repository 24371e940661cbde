//! Why a stage cannot go on.

use std::path::PathBuf;

use serl_artifacts::ArtifactError;
use serl_lm::LmError;
use serl_pipeline::PipelineError;

/// Why a stage cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A file of the user's that is not as it must be.
    #[error("{}{}: {reason}", path.display(), line.map(|n| format!(", line {n}")).unwrap_or_default())]
    File {
        /// The file.
        path: PathBuf,
        /// The line at fault, counted from 1.
        line: Option<usize>,
        /// What is wrong with it and what to do.
        reason: String,
    },
    /// A prompt that leaves no room for the response.
    #[error(
        "{what}: the prompt has {prompt} tokens and `{key}` is {new}, together more than the model's context of \
         {context} tokens; lower `{key}` or shorten the prompt"
    )]
    PromptTooLong {
        /// Which prompt.
        what: String,
        /// Its length in tokens.
        prompt: usize,
        /// Key of the length limit of the response.
        key: &'static str,
        /// The limit.
        new: u32,
        /// The model's context length.
        context: usize,
    },
    /// Nothing to work on, where going on would only pretend to.
    #[error("{0}")]
    Empty(String),
    /// A key of the configuration whose value cannot be.
    #[error("`{key}`: {reason}")]
    Config {
        /// Dotted key.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The policy.
    #[error(transparent)]
    Lm(#[from] LmError),
    /// An artifact.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// The store or the graph, an interruption included.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
}

impl StageError {
    /// Whether the user's input or configuration is at fault (exit code 2).
    pub fn is_user_error(&self) -> bool {
        match self {
            Self::File { .. } | Self::PromptTooLong { .. } | Self::Empty(_) | Self::Config { .. } => true,
            Self::Lm(e) => e.is_user_error(),
            Self::Artifact(e) => e.is_user_error(),
            Self::Pipeline(e) => e.is_user_error(),
        }
    }
}
