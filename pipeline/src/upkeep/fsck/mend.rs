//! Mending problems as far as possible without running anything.

use serl_artifacts::temporary;

use super::problem::{Fault, Problem};
use crate::error::PipelineError;
use crate::store::{Store, commit, lock, remove_if_there};
use crate::upkeep::company;

/// Mends all that can be mended, and marks it.
pub(super) fn everything(store: &Store, problems: &mut [Problem]) -> Result<(), PipelineError> {
    // A run must not find an object good that is about to be set aside.
    let alone = store.objects().exclude()?;
    company::refuse(store, &alone)?;
    for problem in problems {
        problem.mended = mend(store, problem)?;
    }
    Ok(())
}

fn mend(store: &Store, problem: &Problem) -> Result<bool, PipelineError> {
    let (objects, path) = (store.objects(), &problem.path);
    match &problem.fault {
        Fault::DamagedObject { digest } => {
            // A run may have mended it since it was checked.
            if objects.verify(digest).is_err() {
                objects.quarantine(digest)?;
            }
        }
        // Its runs know what to do: a run computes what is missing, and no more. Several nodes may have written the
        // same bytes, and one of them brings them back for all.
        Fault::IncompleteNode { .. } if !problem.runs.is_empty() => return Ok(false),
        Fault::MissingNode { .. } | Fault::ForgedManifest { .. } => return Ok(false),
        Fault::BadManifest { key, .. } | Fault::IncompleteNode { key, .. } => {
            if let Some(_held) = lock::try_acquire(&store.lock_path(key))? {
                objects.set_aside(path, &format!("{key}.json"))?;
            }
        }
        Fault::StrangeFile => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            objects.set_aside(path, &format!("strange-{name}"))?;
        }
        Fault::BadRecord { .. } => {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            objects.set_aside(path, &format!("{name}.run.json"))?;
        }
        Fault::BadFolder | Fault::BadCopy | Fault::DanglingLink => remove_if_there(path)?,
        Fault::StaleTemporary => return Ok(temporary::sweep(path)?),
        Fault::LeftoverWork => {
            let name = path.file_name().and_then(|name| name.to_str());
            if let Some(key) = name.and_then(|name| name.parse().ok()) {
                commit::sweep_leftovers(store, &key)?;
            }
        }
    }
    Ok(true)
}
