//! Why a stage cannot go on.

use std::path::PathBuf;

use serl_artifacts::ArtifactError;
use serl_lm::LmError;
use serl_pipeline::PipelineError;

/// Why a stage cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A file of the user that is not as it must be.
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
    /// There is nothing to work on; continuing would only look like progress.
    #[error("{0}")]
    Empty(String),
    /// A document that cannot be learned from.
    #[error("{0}")]
    Document(String),
    /// A node whose stage this program does not have.
    #[error("`{stage}` is not a stage of this version of serl; the stages are {known}")]
    UnknownStage {
        /// The stage.
        stage: String,
        /// Those there are.
        known: String,
    },
    /// A node's configuration that its stage cannot be read from, or written to.
    #[error("the configuration of a node of stage `{stage}` is not one of this version of serl: {reason}")]
    NodeConfiguration {
        /// The stage.
        stage: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A sampler that draws in another way than the one for which the run was planned.
    #[error(
        "the sampler is now {found}, but this node was planned for {key}; start the run again, and it will be planned \
         for the sampler there is"
    )]
    OtherSampler {
        /// The identity in the node's key.
        key: String,
        /// That of the sampler there is.
        found: String,
    },
    /// Two inputs of a node that do not belong together.
    #[error("{0}")]
    Mismatch(String),
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
            Self::File { .. }
            | Self::PromptTooLong { .. }
            | Self::Empty(_)
            | Self::Document(_)
            | Self::OtherSampler { .. }
            | Self::Config { .. } => true,
            Self::UnknownStage { .. } | Self::NodeConfiguration { .. } | Self::Mismatch(_) => false,
            Self::Lm(e) => e.is_user_error(),
            Self::Artifact(e) => e.is_user_error(),
            Self::Pipeline(e) => e.is_user_error(),
        }
    }
}
