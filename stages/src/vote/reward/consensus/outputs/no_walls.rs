//! Walls around a process that runs foreign code: there are none on this system.

use std::io;
use std::path::PathBuf;

/// What a process may read, and the calls it may make. Cannot be made here.
#[derive(Debug, Clone)]
pub(super) enum Walls {}

impl Walls {
    /// # Errors
    /// Always.
    pub(super) fn new(_readable: Vec<PathBuf>) -> Result<Self, String> {
        Err("walls need Linux".to_owned())
    }

    /// Cannot be called: there is no value.
    pub(super) fn prepare(&self) -> io::Result<fn() -> io::Result<()>> {
        match *self {}
    }
}
