//! Runs that keep others from removing anything, on file systems without locks.
//!
//! Elsewhere, `objects.lock` keeps a run from finding an object good while it is removed. Without locks, nothing is
//! removed while a run is in progress, and a run does not begin while garbage is collected: the one announces itself
//! before it looks for the other.

use serl_artifacts::Hold;

use crate::error::PipelineError;
use crate::store::Store;
use crate::store::live::{self, Live};

/// The other run because of which nothing may be removed: none if `alone`, the hold on the objects, keeps it out.
pub(crate) fn keeps_from_removing(store: &Store, alone: &Hold) -> Result<Option<Live>, PipelineError> {
    if alone.is_effective() {
        return Ok(None);
    }
    Ok(live::others(store)?.into_iter().next())
}

/// Refuses to remove anything if a run is in progress that `alone` does not keep out.
///
/// # Errors
/// There is such a run.
pub(super) fn refuse(store: &Store, alone: &Hold) -> Result<(), PipelineError> {
    match keeps_from_removing(store, alone)? {
        None => Ok(()),
        Some(live) => Err(PipelineError::NoLocks {
            path: store.base().to_owned(),
            live: store.live_path(),
            process: live.process.to_string(),
            run: live.run,
        }),
    }
}
