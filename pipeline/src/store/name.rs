//! Names that become names of files.

use crate::error::PipelineError;

/// Whether `name` is a plain file name on every system.
pub(crate) fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.chars().all(plain) && !name.starts_with('.')
}

/// Refuses names that are not plain file names on every system.
pub(crate) fn check_name(name: &str, what: &'static str) -> Result<(), PipelineError> {
    if is_name(name) {
        Ok(())
    } else {
        Err(PipelineError::Name {
            name: name.to_owned(),
            what,
        })
    }
}
