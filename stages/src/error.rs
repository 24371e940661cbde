//! Why a stage cannot go on.

use serl_artifacts::ArtifactError;
use serl_lm::LmError;
use serl_pipeline::PipelineError;

/// Why a stage cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A prompt leaves no room for the response.
    #[error(
        "{what}: the prompt has {prompt} tokens and `{key}` is {new}, together more than the model's context of \
         {context} tokens; lower `{key}` or shorten the prompt"
    )]
    PromptTooLong {
        /// The prompt.
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
    /// A document cannot be learned from.
    #[error("{0}")]
    Document(String),
    /// A node has a stage that this program lacks.
    #[error("`{stage}` is not a stage of this version of serl; the stages are {known}")]
    UnknownStage {
        /// The stage.
        stage: String,
        /// The stages that exist.
        known: String,
    },
    /// A node's configuration does not fit its stage.
    #[error("the configuration of a node of stage `{stage}` is not one of this version of serl: {reason}")]
    NodeConfiguration {
        /// The stage.
        stage: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The sampler differs from the one that the run was planned for.
    #[error(
        "the sampler is now {found}, but this node was planned for {key}; start the run again to plan it for the \
         present sampler"
    )]
    OtherSampler {
        /// The identity in the node's key.
        key: String,
        /// The identity of the present sampler.
        found: String,
    },
    /// Two inputs of a node do not belong together.
    #[error("{0}")]
    Mismatch(String),
    /// A key of the configuration has an impossible value.
    #[error("`{key}`: {reason}")]
    Config {
        /// Dotted key.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// An error of the policy.
    #[error(transparent)]
    Lm(#[from] LmError),
    /// An error of an artifact.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// An error of the store or the graph, or an interruption.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
}

impl StageError {
    /// Whether the user's input or configuration is at fault (exit code 2).
    pub fn is_user_error(&self) -> bool {
        match self {
            Self::PromptTooLong { .. }
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
