//! Stores of programs that wrote no checksums: each of their files gets one, once, when the store is opened.
//!
//! From then on a file without a checksum counts as damaged: an edited one does not pass as an old one.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serl_artifacts::temporary::is_temporary;
use serl_artifacts::{ArtifactError, ObjectStore, fs};

use super::files::entries;
use super::json::{read_unsealed, write_json};
use super::manifest::{MANIFEST, Manifest};
use super::record::{PIN, RECORD, RunRecord};
use super::version;
use crate::error::PipelineError;

/// Folders of files that get checksums.
pub(super) struct Folders {
    pub(super) manifests: PathBuf,
    pub(super) records: PathBuf,
    pub(super) pins: PathBuf,
}

/// Gives all manifests, records and pins of the store in `base` their checksums; returns whether that was possible. It
/// is not on a disk that cannot be written to.
pub(super) fn seal_all(base: &Path, objects: &ObjectStore, folders: &Folders) -> Result<bool, PipelineError> {
    match all(base, objects, folders) {
        Err(PipelineError::Artifact(ArtifactError::Io { source, .. }))
            if matches!(
                source.kind(),
                ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied
            ) =>
        {
            Ok(false)
        }
        done => done.map(|()| true),
    }
}

fn all(base: &Path, objects: &ObjectStore, folders: &Folders) -> Result<(), PipelineError> {
    // Nobody marks a manifest meanwhile.
    let _alone = objects.exclude()?;
    if version::is_sealed(base) {
        return Ok(());
    }
    each::<Manifest>(&folders.manifests, MANIFEST)?;
    each::<RunRecord>(&folders.records, RECORD)?;
    each::<RunRecord>(&folders.pins, PIN)?;
    version::note(base)
}

/// Leaves their times as they are: the most recent run stays that.
fn each<T: Serialize + DeserializeOwned>(folder: &Path, what: &'static str) -> Result<(), PipelineError> {
    for path in entries(folder)? {
        if is_temporary(&path) {
            continue;
        }
        let Some(value) = read_unsealed::<T>(&path, what)? else {
            continue;
        };
        let written = std::fs::metadata(&path).and_then(|meta| meta.modified());
        write_json(&path, what, &value)?;
        if let Ok(time) = written {
            fs::set_modified(&path, time).map_err(ArtifactError::io("mark", &path))?;
        }
    }
    Ok(())
}
