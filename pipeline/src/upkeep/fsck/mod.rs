//! Checking a whole store, and mending it.
//!
//! What is damaged is never deleted: it goes to `quarantine/`. A manifest whose outputs are not whole then stays if a
//! run needs the node: the run finds the outputs missing and computes them again, and nothing else. What costs nothing
//! to make again (checked-out folders, links of the human-readable view) is removed; so is what dead processes have
//! left.
//!
//! Checking is safe next to a run: files of living processes are recognised by their locks, and objects are looked up
//! again before they are called missing. Mending keeps runs from storing while it lasts.

mod check;
mod copies;
mod forged;
mod locks;
mod mend;
mod problem;
mod report;

use super::census;
use crate::error::PipelineError;
use crate::store::{Store, entries};
pub use locks::{Locks, is_locked, locks};
pub use problem::{Fault, Problem};
pub use report::{Aside, Counts, FsckReport};

/// Checks everything in `store`; with `repair`, mends what can be mended. `progress` receives how many bytes of how
/// many are checked, from any thread.
///
/// # Errors
/// A folder cannot be listed, or something cannot be moved or removed.
pub fn fsck(store: &Store, repair: bool, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<FsckReport, PipelineError> {
    let mut findings = check::everything(store, progress)?;
    if repair {
        mend::everything(store, &mut findings.problems)?;
    }
    let run_again = findings
        .problems
        .iter()
        .flat_map(|problem| problem.runs.iter().cloned())
        .collect();
    Ok(FsckReport {
        counts: findings.counts,
        problems: findings.problems,
        quarantine: quarantine(store)?,
        run_again,
    })
}

fn quarantine(store: &Store) -> Result<Vec<Aside>, PipelineError> {
    let found = entries(&store.objects().quarantine_folder())?;
    Ok(found
        .into_iter()
        .map(|path| Aside {
            bytes: census::measure(&path).0,
            path,
        })
        .collect())
}
