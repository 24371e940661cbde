//! Errors of stored artifacts.

use std::path::{Path, PathBuf};

use crate::Digest;
use crate::place::Place;

/// Why an artifact could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// The action, as in "write".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The disk is full.
    #[error("cannot write {}: the disk is full, and {needed} more bytes are needed", path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// Number of bytes to be written.
        needed: u64,
        /// The system's error.
        source: std::io::Error,
    },
    /// The content is not what was stored.
    #[error("{} is damaged: its content has digest {found}, not {expected}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The digest it was stored under.
        expected: Digest,
        /// The digest of its present content.
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
    /// The rows cannot be written as a table.
    #[error("table `{table}` cannot be written: {reason}")]
    Encode {
        /// Name of the table.
        table: &'static str,
        /// What went wrong.
        reason: String,
    },
    /// The bytes are not the expected table.
    #[error("{origin}: not a readable `{table}` table: {reason}")]
    Decode {
        /// The file or input that the bytes came from.
        origin: String,
        /// Name of the expected table.
        table: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// An object is not a tree, or a tree contains forbidden names.
    #[error("tree {tree}: {reason}")]
    Tree {
        /// The tree's digest, or the folder that it was to be made from.
        tree: String,
        /// What is wrong.
        reason: String,
    },
    /// A user's data file is invalid.
    #[error("{}{}: {reason}", path.display(), place.map(|place| format!(", {place}")).unwrap_or_default())]
    Dataset {
        /// The file.
        path: PathBuf,
        /// The line or row at fault.
        place: Option<Place>,
        /// What is wrong with it.
        reason: String,
    },
    /// A text is not a digest or an instruction id.
    #[error("`{text}` is not {expected}")]
    Parse {
        /// The text.
        text: String,
        /// What was expected.
        expected: &'static str,
    },
}

impl ArtifactError {
    /// Whether the user's input is at fault (exit code 2), rather than the store or the machine.
    pub fn is_user_error(&self) -> bool {
        matches!(self, Self::Dataset { .. } | Self::Parse { .. })
    }

    /// Whether the same command may succeed later although nobody changes it: see [`may_pass`].
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Full { .. } => true,
            Self::Io { source, .. } => may_pass(source),
            _ => false,
        }
    }

    /// Whether it is a place that cannot be written to.
    pub fn is_refusal(&self) -> bool {
        use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
        matches!(self, Self::Io { source, .. } if matches!(source.kind(), PermissionDenied | ReadOnlyFilesystem))
    }

    /// Adds the action and the path to an error of the operating system; for `map_err`.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// Like [`ArtifactError::io`], for writing `bytes` bytes to the file `path`.
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

    /// What is wrong with a user's data file, and at which place of it if that is known.
    pub fn dataset(path: &Path, place: Option<Place>, reason: String) -> Self {
        let path = path.to_owned();
        Self::Dataset { path, place, reason }
    }

    /// The missing or damaged object, if that is the error.
    pub fn bad_object(&self) -> Option<&Digest> {
        match self {
            Self::Damaged { expected, .. } => Some(expected),
            Self::Missing { digest, .. } => Some(digest),
            _ => None,
        }
    }
}

/// Whether an error of the operating system may pass: a full disk, a disk or network file system in trouble, a machine
/// that does not answer.
pub fn may_pass(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{
        ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, NetworkDown, NetworkUnreachable,
        NotConnected, QuotaExceeded, StaleNetworkFileHandle, StorageFull, TimedOut,
    };
    /// Has no kind; the number is the same on all systems.
    const EIO: i32 = 5;
    error.raw_os_error() == Some(EIO)
        || matches!(
            error.kind(),
            StorageFull
                | QuotaExceeded
                | StaleNetworkFileHandle
                | TimedOut
                | ConnectionAborted
                | ConnectionRefused
                | ConnectionReset
                | HostUnreachable
                | NetworkDown
                | NetworkUnreachable
                | NotConnected
        )
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn disks_and_networks_recover_and_wrong_paths_do_not() {
        // EIO, ENOSPC, ETIMEDOUT, ECONNREFUSED, ESTALE, EDQUOT; ENOENT, EACCES, EROFS.
        let codes = [5, 28, 110, 111, 116, 122, 2, 13, 30];
        let passing = codes.map(|code| may_pass(&std::io::Error::from_raw_os_error(code)));
        assert_eq!(passing, [true, true, true, true, true, true, false, false, false]);
    }
}
