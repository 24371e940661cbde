//! Errors that no crate below can have.

/// A mistake of the user's that no crate below can see, with what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct Mistake {
    /// What is wrong.
    pub text: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Mistake {
    /// A mistake with a hint.
    pub fn new(text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            hint: Some(hint.into()),
        }
    }
}

/// What a check has found; the exit code is that of a failure.
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
    /// The command that goes on from there, if one does.
    pub command: Option<String>,
}

impl Interrupted {
    /// Work of which nothing is kept before its end.
    pub fn for_nothing() -> Self {
        Self {
            saved: "nothing was written; the same command starts anew".to_owned(),
            command: None,
        }
    }
}

/// Two things that were compared differ. How is said already, so that this is an exit code and no message.
#[derive(Debug, thiserror::Error)]
#[error("they differ")]
pub struct Differs;

/// A comparison that could not be made: not to be taken for two things that differ.
#[derive(Debug, thiserror::Error)]
#[error("cannot compare `{a}` with `{b}`")]
pub struct Incomparable {
    /// The one.
    pub a: String,
    /// The other.
    pub b: String,
    /// Why not.
    pub source: anyhow::Error,
}
