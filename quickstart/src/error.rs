//! The errors of this crate.

use std::path::PathBuf;

/// Why the quickstart data could not be made.
#[derive(Debug, thiserror::Error)]
pub enum QuickstartError {
    /// A field of the recipe has a value that no data can be made from.
    #[error("recipe: {field} = {value} is out of range; it must be {expected}")]
    Recipe {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What would be accepted.
        expected: &'static str,
    },
    /// There is no domain of that name.
    #[error("there is no domain `{name}`; there are {names}")]
    Domain {
        /// The name.
        name: String,
        /// The names that exist.
        names: String,
    },
    /// A file or folder of the output could not be written.
    #[error("cannot write {path}: {source}; check that the folder exists and has space left")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl QuickstartError {
    /// True when the user's input is at fault rather than the program or the machine.
    pub fn is_user_error(&self) -> bool {
        matches!(self, QuickstartError::Recipe { .. } | QuickstartError::Domain { .. })
    }
}
