//! Names that become names of files.

use crate::error::PipelineError;

/// Refuses names that are not plain file names on every system.
pub(crate) fn check_name(name: &str, what: &'static str) -> Result<(), PipelineError> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty() && name.chars().all(plain) && !name.starts_with('.') {
        Ok(())
    } else {
        Err(PipelineError::Name {
            name: name.to_owned(),
            what,
        })
    }
}
