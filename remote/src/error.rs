//! What can go wrong with a remote.

use std::io;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The remote cannot be reached, or refuses.
    #[error("cannot {action} {what}: {source}")]
    Failed {
        /// The action, as in "read".
        action: &'static str,
        /// The remote and the key.
        what: String,
        /// The error of the connection or the system.
        source: io::Error,
    },
    /// The remote cannot do this at all.
    #[error("{place} cannot {what}")]
    Unsupported {
        /// The remote.
        place: String,
        /// What it cannot do.
        what: &'static str,
    },
}

impl RemoteError {
    /// Turns the error of a connection or the system into one that names `action`, `place` and `key`.
    pub fn failed<E: Into<io::Error>>(action: &'static str, place: &str, key: &str) -> impl FnOnce(E) -> Self {
        let what = format!("{}/{key}", place.trim_end_matches('/'));
        move |source| Self::Failed {
            action,
            what,
            source: source.into(),
        }
    }
}
