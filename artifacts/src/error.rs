//! What can be wrong with stored things.

use std::path::{Path, PathBuf};

use crate::Digest;

/// Why an artifact could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no room left on the disk.
    #[error("cannot write {}: the disk is full, and {needed} more bytes are needed", path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// How much was to be written.
        needed: u64,
        /// What the system said.
        source: std::io::Error,
    },
    /// The bytes are not those that were stored.
    #[error("{} is damaged: its content has digest {found}, not {expected}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The digest it was stored under.
        expected: Digest,
        /// The digest of what it holds now.
        found: Digest,
    },
    /// The store has no such object.
    #[error("object {digest} is not in the store (looked for {})", path.display())]
    Missing {
        /// The object.
        digest: Digest,
        /// Where it would be.
        path: PathBuf,
    },
    /// Rows that cannot be written as a table.
    #[error("table `{table}` cannot be written: {reason}")]
    Encode {
        /// Name of the table.
        table: &'static str,
        /// What went wrong.
        reason: String,
    },
    /// Bytes that are not the table that was asked for.
    #[error("{origin}: not a readable `{table}` table: {reason}")]
    Decode {
        /// File or input the bytes came from.
        origin: String,
        /// Name of the table that was asked for.
        table: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// An object that should be a tree and is not, or names that no tree may hold.
    #[error("tree {tree}: {reason}")]
    Tree {
        /// The tree's digest or the folder it was to be made of.
        tree: String,
        /// What is wrong.
        reason: String,
    },
    /// A folder that is not a model in the Hugging Face layout.
    #[error("{} is not a model folder: {reason}", path.display())]
    ModelFolder {
        /// The folder.
        path: PathBuf,
        /// What is missing and what is expected.
        reason: String,
    },
    /// A user's data file that is not as it must be.
    #[error("{}{}: {reason}", path.display(), line.map(|n| format!(", line {n}")).unwrap_or_default())]
    Dataset {
        /// The file.
        path: PathBuf,
        /// The line at fault, counted from 1.
        line: Option<usize>,
        /// What is wrong with it.
        reason: String,
    },
    /// Text that is not a digest or an instruction id.
    #[error("`{text}` is not {expected}")]
    Parse {
        /// The text.
        text: String,
        /// What it should have been.
        expected: &'static str,
    },
}

impl ArtifactError {
    /// Whether the user's input is at fault (exit code 2), rather than the store or the machine.
    pub fn is_user_error(&self) -> bool {
        matches!(
            self,
            Self::ModelFolder { .. } | Self::Dataset { .. } | Self::Parse { .. }
        )
    }

    /// Adds what was tried, and where, to an error of the operating system; for `map_err`.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// As [`ArtifactError::io`], for writing `bytes` bytes into the file `path`.
    pub fn writing(path: &Path, bytes: usize) -> impl FnOnce(std::io::Error) -> Self {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        let path = path.to_owned();
        move |source| match source.kind() {
            StorageFull | QuotaExceeded => Self::Full {
                path,
                needed: bytes as u64,
                source,
            },
            _ => Self::io("write", &path)(source),
        }
    }

    /// What is wrong with a user's data file, in line `line` of it if that is known.
    pub(crate) fn dataset(path: &Path, line: Option<usize>, reason: String) -> Self {
        let path = path.to_owned();
        Self::Dataset { path, line, reason }
    }

    /// The object that is not whole, if that is what is wrong.
    pub fn bad_object(&self) -> Option<&Digest> {
        match self {
            Self::Damaged { expected, .. } => Some(expected),
            Self::Missing { digest, .. } => Some(digest),
            _ => None,
        }
    }
}
