//! Checking a whole store, and mending it.
//!
//! What is damaged is never deleted: it goes to `quarantine/`. A manifest whose outputs are not whole then stays if a
//! run needs the node: the run finds the outputs missing and computes them again, and nothing else. What costs nothing
//! to make again (checked-out folders, links for people) is removed; so is what dead processes have left.
//!
//! Checking is safe beside a run: files of living processes are told apart by their locks, and objects are looked up
//! again before they are called missing. Mending keeps runs from storing while it lasts.

mod check;
mod mend;
mod problem;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Serialize;

use crate::PipelineError;
use crate::store::Store;
pub use problem::{Fault, Problem};

/// How much was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Objects.
    pub objects: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Manifests.
    pub manifests: usize,
    /// Checked-out folders.
    pub folders: usize,
    /// Records of runs, and pins.
    pub records: usize,
    /// Links for people.
    pub links: usize,
}

/// Something in `quarantine/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Aside {
    /// The file.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FsckReport {
    /// How much was looked at.
    pub counts: Counts,
    /// What is wrong, by kind and path.
    pub problems: Vec<Problem>,
    /// What lies in `quarantine/` after the check.
    pub quarantine: Vec<Aside>,
    /// Runs to be run again, which brings back what is missing.
    pub run_again: BTreeSet<String>,
}

/// Checks everything in `store`; with `repair`, mends what can be mended. `progress` is told how many bytes of how many
/// are checked, from any thread.
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
    let found = crate::store::entries(&store.base().join("quarantine"))?;
    Ok(found
        .into_iter()
        .map(|path| Aside {
            bytes: crate::census::measure(&path).0,
            path,
        })
        .collect())
}

/// Everything that a check found, before it is mended.
struct Findings {
    counts: Counts,
    problems: Vec<Problem>,
}

/// Records and pins that can be read, by name.
type Records = BTreeMap<String, crate::record::RunRecord>;
