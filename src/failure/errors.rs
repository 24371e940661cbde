//! Errors of the command line itself.

/// A user's mistake that only the command line can detect, with a hint.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct Mistake {
    /// What is wrong.
    pub text: String,
    /// How to fix it.
    pub hint: Option<String>,
}

impl Mistake {
    /// Creates a mistake with a hint.
    pub fn new(text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            hint: Some(hint.into()),
        }
    }
}

/// Problems found by a check; the exit code is that of a failure.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct Finding {
    /// What was found.
    pub text: String,
    /// What to do.
    pub hint: String,
}

/// The user asked to stop.
#[derive(Debug, thiserror::Error)]
#[error("interrupted; {saved}")]
pub struct Interrupted {
    /// What was kept.
    pub saved: String,
    /// The command that continues from there, if there is one.
    pub command: Option<String>,
}

impl Interrupted {
    /// An interruption of work that keeps nothing until it is done.
    pub fn for_nothing() -> Self {
        Self {
            saved: "nothing was written; the same command starts over".to_owned(),
            command: None,
        }
    }
}

/// The two sides of a comparison differ. The report was already printed, so this sets only the exit code.
#[derive(Debug, thiserror::Error)]
#[error("they differ")]
pub struct Differs;

/// A run that should not be relied on. The findings were already printed, so this sets only the exit code.
#[derive(Debug, thiserror::Error)]
#[error("the run is doubtful")]
pub struct Doubtful;

/// A comparison that could not be made. Its exit code is not that of a difference.
#[derive(Debug, thiserror::Error)]
#[error("cannot compare `{a}` with `{b}`")]
pub struct Incomparable {
    /// One side.
    pub a: String,
    /// The other side.
    pub b: String,
    /// Why not.
    pub source: anyhow::Error,
}
