//! Collecting garbage: what no run and no pin needs.
//!
//! **Roots** are the records of runs, the pins, and every manifest younger than the age floor. Kept are the manifests
//! that roots name, the objects that kept manifests name (outputs, files of trees, imported inputs), the saved work of
//! nodes that a run was at, and everything younger than the floor.
//!
//! **Next to a run in progress**, this is safe for three reasons.
//!
//! 1. The floor is never later than the beginning of the oldest run in progress (less some minutes, by which the clocks
//!    of machines may differ). A run announces itself before it imports its inputs, so whatever it imports and makes is
//!    younger, and stays, recorded or not.
//! 2. A run makes young whatever it finds made already: storing an object that is there marks it, and so does finding a
//!    node complete, whose outputs are then kept by reason of its young manifest.
//! 3. Between finding and marking, and while garbage is found and removed, `objects.lock` is held: by runs together, by
//!    the collector alone. So no object is found good by the one and removed by the other.
//!
//! On a file system without locks nothing is removed while a run is in progress (see `upkeep/company.rs`).
//!
//! The work of a node whose lock is held is never touched, nor are temporaries of living processes. Two collectors
//! exclude each other by `locks/gc`.
//!
//! **A crash** in the middle does no harm: manifests go before the folders and objects they name, so that what stays is
//! either whole or garbage for the next time.

mod collect;
mod mark;
mod report;

use super::company;
use crate::error::PipelineError;
use crate::store::{Store, lock};
pub use report::{Garbage, GcKind, GcOptions, GcReport, Tally};

/// Finds what nobody needs, and removes it if the options say so.
///
/// # Errors
/// A run to be dropped is not there or going on, a record cannot be read (what it needs is not known), another
/// collector is at work, or something cannot be removed.
pub fn gc(store: &Store, options: &GcOptions) -> Result<GcReport, PipelineError> {
    if !options.delete {
        let _held = store.objects().hold()?;
        return mark::garbage(store, options);
    }
    let path = store.collector_lock();
    let Some(_only) = lock::try_acquire(&path)? else {
        return Err(PipelineError::Collecting {
            holder: lock::holder(&path),
        });
    };
    let alone = store.objects().exclude()?;
    company::refuse(store, &alone)?;
    let mut report = mark::garbage(store, options)?;
    collect::remove(store, &report.pieces)?;
    report.deleted = true;
    Ok(report)
}
