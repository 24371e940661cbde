//! Why servers cannot answer, and what to do.

use std::fmt;

use serl_lm::LmError;

/// Why servers cannot be used, or do not answer.
#[derive(Debug, thiserror::Error)]
pub enum ServingError {
    /// The address of a server is none.
    #[error("`{url}` is not the address of a server: {reason}; an address is `http://HOST:PORT`")]
    Address {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A server cannot be asked what it is.
    #[error("{url} cannot be asked what it is: {reason}")]
    Silent {
        /// The server.
        url: String,
        /// Why.
        reason: String,
        /// Whether it may answer later.
        passing: bool,
    },
    /// What answers is not a server of this kind.
    #[error("{url} does not answer like a server of {engine}: {reason}; set `sampler.kind` to what runs there")]
    OtherKind {
        /// The server.
        url: String,
        /// The engine that was expected.
        engine: &'static str,
        /// What it lacks.
        reason: String,
    },
    /// Two servers would not give the same responses.
    #[error(
        "the servers differ: {first} is {first_identity}, {second} is {second_identity}; run the same engine in the \
         same version and precision everywhere"
    )]
    Unlike {
        /// A server.
        first: String,
        /// What it is.
        first_identity: String,
        /// Another one.
        second: String,
        /// What that is.
        second_identity: String,
    },
    /// The engine cannot draw as asked.
    #[error("{engine} cannot draw with {what}; {advice}")]
    Unsupported {
        /// The engine.
        engine: &'static str,
        /// The setting.
        what: String,
        /// What to do.
        advice: &'static str,
    },
    /// A server refuses a request that no repetition would mend.
    #[error("{url} refuses a request with status {status}: {message}")]
    Refused {
        /// The server.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What it says, with what to do where that is known.
        message: String,
    },
    /// A request fails again and again on servers that answer others.
    #[error("a request failed {attempts} times; at last {url}: {reason}")]
    Failing {
        /// How often it was tried.
        attempts: u32,
        /// The server that was asked last.
        url: String,
        /// How it failed there.
        reason: String,
    },
    /// No server is left.
    #[error("no server is left{0}; what was drawn before is kept, and the same command goes on from there")]
    AllOut(Reasons),
    /// A server does not compute with the weights that it was told to load.
    #[error("{url} does not have the weights of {policy}: {reason}")]
    Weights {
        /// The server.
        url: String,
        /// The policy's folder.
        policy: String,
        /// How that shows.
        reason: String,
    },
    /// The command of `sampler.start` does not bring up a server.
    #[error("`sampler.start` has not brought up a server at {url}: {reason}")]
    Start {
        /// Where it should be.
        url: String,
        /// What happened.
        reason: String,
    },
}

/// Servers that were left out, each with the reason.
#[derive(Debug, Default)]
pub struct Reasons(pub(crate) Vec<(String, Out)>);

/// Why a server was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Out {
    /// The reason, in words.
    pub reason: String,
    /// Whether it may answer later.
    pub passing: bool,
}

impl fmt::Display for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = ": ";
        for (url, out) in &self.0 {
            write!(f, "{before}{url} ({})", out.reason)?;
            before = ", ";
        }
        Ok(())
    }
}

impl Out {
    /// Left out because of an error that may pass.
    pub(crate) fn passing(error: &ServingError) -> Self {
        Self {
            reason: match error {
                ServingError::Silent { reason, .. } => reason.clone(),
                other => other.to_string(),
            },
            passing: true,
        }
    }
}

impl ServingError {
    /// Whether the configuration is at fault.
    pub fn is_user_error(&self) -> bool {
        match self {
            Self::Address { .. } | Self::OtherKind { .. } | Self::Unlike { .. } | Self::Unsupported { .. } => true,
            Self::Refused { status, .. } => matches!(status, 401 | 403 | 404),
            Self::Silent { .. }
            | Self::Failing { .. }
            | Self::AllOut(_)
            | Self::Weights { .. }
            | Self::Start { .. } => false,
        }
    }

    /// Whether the same command may succeed later, with nothing changed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Silent { passing, .. } => *passing,
            Self::Failing { .. } => true,
            Self::AllOut(Reasons(out)) => out.iter().all(|(_, out)| out.passing),
            _ => false,
        }
    }
}

impl From<ServingError> for LmError {
    fn from(error: ServingError) -> Self {
        match error.is_transient() {
            true => Self::unavailable(error),
            false => {
                let user = error.is_user_error();
                Self::sampler(error, user)
            }
        }
    }
}
