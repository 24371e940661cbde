//! The version of a store: written when it is made, and compared when it is opened.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::entries;
use super::json::{Unsealed, read_json, write_json};
use crate::error::PipelineError;

/// Version of the store that this program reads and writes.
const VERSION: u32 = 1;

/// Name of the file that holds the version.
const FORMAT: &str = "format.json";

/// What that file is called in messages.
const WHAT: &str = "store format";

#[derive(Serialize, Deserialize)]
struct Format {
    version: u32,
}

/// The folder in `root` that holds a store of this version.
pub(super) fn folder(root: &Path) -> PathBuf {
    root.join(format!("v{VERSION}"))
}

/// Whether `root` holds a store of any version, or something that this user may not look at.
pub(super) fn any_in(root: &Path) -> bool {
    match entries(root) {
        Ok(found) => found.iter().any(|path| version_of(path).is_some()),
        Err(_) => true,
    }
}

/// The version of the store whose folder is `path`, if it is one.
fn version_of(path: &Path) -> Option<u32> {
    let version = path.file_name()?.to_str()?.strip_prefix('v')?.parse().ok()?;
    path.is_dir().then_some(version)
}

/// Writes down the version of the store in `base`, all files of which have their checksums.
pub(super) fn note(base: &Path) -> Result<(), PipelineError> {
    write_json(&base.join(FORMAT), WHAT, &Format { version: VERSION })
}

/// Whether all files of the store in `base` have checksums: then its version has one, too. One that is lost or damaged
/// is written again.
pub(super) fn is_sealed(base: &Path) -> bool {
    read(base).is_some()
}

fn read(base: &Path) -> Option<Format> {
    read_json(&base.join(FORMAT), WHAT, Unsealed::Refused).ok().flatten()
}

/// Refuses a store that a newer program has made: one without our folder but with a later one, or whose own file says
/// so.
pub(super) fn refuse_newer(root: &Path, base: &Path, is_new: bool) -> Result<(), PipelineError> {
    let newer = |path: PathBuf, version: u32| PipelineError::NewerStore {
        path,
        version,
        known: VERSION,
    };
    if !is_new {
        // One that cannot be read is damaged, not newer: newer programs keep to this form.
        return match read(base) {
            Some(Format { version }) if version > VERSION => Err(newer(base.join(FORMAT), version)),
            _ => Ok(()),
        };
    }
    let later = entries(root)?.into_iter().find_map(|path| {
        let version = version_of(&path).filter(|version| *version > VERSION)?;
        Some((path, version))
    });
    later.map_or(Ok(()), |(path, version)| Err(newer(path, version)))
}
