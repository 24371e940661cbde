//! Pins: runs kept as they are now, whatever becomes of their records.

use serl_artifacts::{ArtifactError, fs};

use crate::error::PipelineError;
use crate::store::{PIN, Store, write_json};

/// Keeps all nodes that run `name` has now, even when it is run with another configuration or dropped.
///
/// # Errors
/// There is no such run, or the pin cannot be written.
pub fn pin(store: &Store, name: &str) -> Result<(), PipelineError> {
    // Garbage is collected either before or with this pin.
    let _held = store.objects().hold()?;
    let record = store.run_record(name)?.ok_or_else(|| PipelineError::NoSuchRun {
        run: name.to_owned(),
        known: store.run_names().unwrap_or_default(),
    })?;
    write_json(&store.pin_path(name), PIN, &record)
}

/// Gives up the pin of run `name`.
///
/// # Errors
/// There is no such pin, or it cannot be removed.
pub fn unpin(store: &Store, name: &str) -> Result<(), PipelineError> {
    let path = store.pin_path(name);
    if store.pin(name)?.is_none() {
        return Err(PipelineError::NoSuchPin {
            run: name.to_owned(),
            known: store.pin_names()?,
        });
    }
    Ok(fs::remove_file(&path).map_err(ArtifactError::io("remove", &path))?)
}
