//! Collecting garbage: what no run and no pin needs.
//!
//! **Roots** are the records of runs, the pins, and every manifest younger than the age floor. Kept are the manifests
//! that roots name, the objects that kept manifests name (outputs, files of trees, imported inputs), the saved work of
//! nodes that a run was at, and everything younger than the floor.
//!
//! **Beside a living run** this is safe for three reasons.
//!
//! 1. The floor is never later than the beginning of the oldest living run (less some minutes, for what it imported
//!    before it began). Whatever that run has made since is younger, and stays, recorded or not.
//! 2. What a run finds made already, it makes young: storing an object that is there marks it, and so does finding a
//!    node complete, whose outputs are then kept by reason of its young manifest.
//! 3. Between finding and marking, and while garbage is found and removed, `objects.lock` is held: by runs together, by
//!    the collector alone. So no object is found good by the one and removed by the other.
//!
//! The work of a node whose lock is held is never touched, nor are temporaries of living processes. Two collectors
//! exclude each other by `locks/gc`.
//!
//! **A crash** in the middle does no harm: manifests go before the folders and objects they name, so that what stays is
//! either whole or garbage for the next time.

mod collect;
mod mark;
mod pins;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::live::Live;
use crate::store::Store;
use crate::{PipelineError, lock};
pub use pins::{pin, unpin};

/// What may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GcOptions {
    /// Only what is older than this.
    pub older_than: Duration,
    /// What was set aside as damaged, too.
    pub quarantine: bool,
    /// Runs to be forgotten first, with what only they need.
    pub drop_runs: Vec<String>,
    /// Whether to remove, or only to say what would be.
    pub delete: bool,
}

/// What a piece of garbage is, in the order in which it is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GcKind {
    /// The record of a run to be forgotten.
    Record,
    /// Links for people of such a run.
    View,
    /// A manifest.
    Manifest,
    /// A checked-out folder.
    Folder,
    /// An object.
    Object,
    /// Saved work of a node.
    Work,
    /// What a dead process was writing.
    Temporary,
    /// A damaged file that was set aside.
    Quarantine,
}

/// Number and bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How many.
    pub count: usize,
    /// How many bytes.
    pub bytes: u64,
}

impl Tally {
    fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
    }
}

/// A piece of garbage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Garbage {
    /// What it is.
    pub kind: GcKind,
    /// Where it is.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: u64,
}

/// What was, or would be, removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GcReport {
    /// Whether it was removed.
    pub deleted: bool,
    /// By kind.
    pub garbage: BTreeMap<GcKind, Tally>,
    /// Each piece.
    pub pieces: Vec<Garbage>,
    /// What nobody needs and is too young to go.
    pub young: Tally,
    /// Objects that stay.
    pub kept: Tally,
    /// Runs that are going on: what was made since the oldest of them began stays.
    pub live: Vec<Live>,
}

/// Finds what nobody needs, and removes it if the options say so.
///
/// # Errors
/// A run to be dropped is not there or going on, a record cannot be read (what it needs is not known), another
/// collector is at work, or something cannot be removed.
pub fn gc(store: &Store, options: &GcOptions) -> Result<GcReport, PipelineError> {
    let path = store.base().join("locks").join("gc");
    let Some(_only) = lock::try_acquire(&path)? else {
        return Err(PipelineError::Collecting {
            pid: lock::holder(&path),
        });
    };
    let _alone = store.objects().exclude()?;
    let mut report = mark::garbage(store, options)?;
    if options.delete {
        collect::remove(store, &report.pieces)?;
        report.deleted = true;
    }
    Ok(report)
}
