//! Errors of opening and reading data files.

use std::io;
use std::path::Path;

use crate::ArtifactError;
use crate::place::Place;

/// The end of messages about files that are not data.
pub(super) const EXPECTED: &str = "give a JSONL, Parquet or CSV file, or a JSON array";

/// The error for a file that cannot be opened.
pub(super) fn unopened(path: &Path, error: &io::Error) -> ArtifactError {
    ArtifactError::dataset(path, None, format!("cannot be read: {error}; {EXPECTED}"))
}

/// The error for a read that failed: of the machine, or of what is in the file.
pub(super) fn unreadable(origin: &Path, place: Option<Place>, error: io::Error) -> ArtifactError {
    match error.raw_os_error() {
        Some(_) => ArtifactError::io("read", origin)(error),
        None => ArtifactError::dataset(origin, place, format!("cannot be read: {error}")),
    }
}
