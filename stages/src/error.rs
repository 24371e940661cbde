//! Why a stage cannot go on.

use serl_artifacts::ArtifactError;
use serl_lm::LmError;
use serl_pipeline::{NodeContext, PipelineError};

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
    /// A program of the user does not do what it should.
    #[error("the program of `reward.path`: {0}")]
    Program(String),
    /// The interpreter that runs answers does not do what it should.
    #[error("the interpreter of `reward.interpreter`: {0}")]
    Interpreter(String),
    /// The command that makes the optimizer steps does not do what it should.
    #[error("the command of `train.command.run` {0}")]
    Trainer(String),
    /// The command that makes the optimizer steps has ended without having done its work.
    #[error("the command of `train.command.run` {reason}")]
    TrainerFailed {
        /// How it ended, as a verb, and what it printed.
        reason: String,
        /// Whether it was interrupted, and another attempt goes on.
        transient: bool,
    },
    /// Two inputs of a node do not belong together.
    #[error("{0}")]
    Mismatch(String),
    /// Training has left something that is no number. Nothing of it is kept.
    #[error("{place}{cause}: training has diverged; {advice}")]
    Diverged {
        /// The node's place in the run, with a comma and a space; empty outside of a run.
        place: String,
        /// The step, and what is no number after it.
        cause: String,
        /// The keys to change, and where the last good policy is.
        advice: String,
    },
    /// The policy computes something that is no number.
    #[error(
        "{what}: the policy's {values} are not finite (NaN or infinite), so its weights are damaged or too large; take \
         an intact copy or an earlier policy"
    )]
    Overflow {
        /// The prompt.
        what: String,
        /// What is no number, in the plural.
        values: &'static str,
    },
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
    /// The error as one of the node's input `name`, whose folder could not be loaded: a file that has changed is made
    /// again by the run or, if it comes from outside, told to the user.
    pub(crate) fn of_input(self, ctx: &NodeContext<'_>, name: &str) -> Self {
        match self {
            Self::Lm(LmError::Changed { path }) => ctx.changed(name, &path).into(),
            other => other,
        }
    }

    /// `key` asks for something that takes the log-probabilities of responses, and the sampler has reported none; it
    /// does where `temperature`, a key, is 1.
    pub(crate) fn unreported(key: &'static str, temperature: &str) -> Self {
        let reason = format!(
            "this takes log-probabilities of the policy, and the sampler reports none for these responses: set \
             `{temperature}` to 1, or sample by another engine (`sampler.kind`)"
        );
        Self::Config { key, reason }
    }

    /// Whether the user's input or configuration is at fault (exit code 2).
    pub fn is_user_error(&self) -> bool {
        match self {
            Self::PromptTooLong { .. }
            | Self::Empty(_)
            | Self::Document(_)
            | Self::Diverged { .. }
            | Self::Overflow { .. }
            | Self::OtherSampler { .. }
            | Self::Program(_)
            | Self::Interpreter(_)
            | Self::Trainer(_)
            | Self::Config { .. } => true,
            Self::UnknownStage { .. }
            | Self::NodeConfiguration { .. }
            | Self::TrainerFailed { .. }
            | Self::Mismatch(_) => false,
            Self::Lm(e) => e.is_user_error(),
            Self::Artifact(e) => e.is_user_error(),
            Self::Pipeline(e) => e.is_user_error(),
        }
    }

    /// Whether the same command may succeed later although nobody changes it.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Lm(e) => e.is_transient(),
            Self::Artifact(e) => e.is_transient(),
            Self::Pipeline(e) => e.is_transient(),
            Self::TrainerFailed { transient, .. } => *transient,
            _ => false,
        }
    }
}
