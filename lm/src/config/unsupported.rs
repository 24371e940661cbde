//! The error of what is not computed.

use std::path::Path;

use crate::LmError;

/// The error for a setting `what` that is not computed; `supported` says what is.
pub(super) fn unsupported(path: &Path, what: String, supported: &'static str) -> LmError {
    LmError::Unsupported {
        path: path.to_path_buf(),
        what,
        supported,
    }
}
