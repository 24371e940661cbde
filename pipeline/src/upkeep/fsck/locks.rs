//! Whether the file system of a store locks files.

use std::path::Path;

use serde::Serialize;
use serl_artifacts::lock::{Attempt, Lockable};

use crate::error::PipelineError;
use crate::store::{Store, lock};

/// How a file system answers those who lock a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Locks {
    /// Whoever holds a lock keeps others out.
    Working,
    /// It has no locks, and says so: one machine at a time can use the store.
    Absent,
    /// It grants every lock, also of a file that somebody else has locked. Processes cannot know of each other.
    Ineffective,
    /// Nobody may write to the store, so nothing could be tried.
    Untested,
}

/// Locks a file of the store and tries to lock it once more, through another open file and, by `other_process`, which
/// says whether a process finds the file at a path locked, from another process. What that cannot tell is left out.
///
/// # Errors
/// The system refuses.
pub fn locks(store: &Store, other_process: &dyn Fn(&Path) -> Option<bool>) -> Result<Locks, PipelineError> {
    let path = store.trial_lock();
    let Ok(first) = Lockable::create(&path) else {
        return Ok(Locks::Untested);
    };
    let io = |e| serl_artifacts::ArtifactError::io("lock", &path)(e);
    match first.try_exclusive().map_err(io)? {
        Attempt::Impossible => return Ok(Locks::Absent),
        // Somebody else tries it, and is heard of.
        Attempt::Held => return Ok(Locks::Working),
        Attempt::Taken => {}
    }
    let second = Lockable::create(&path)
        .and_then(|second| second.try_exclusive())
        .map_err(io)?;
    let is_kept_out = second == Attempt::Held && other_process(&path) != Some(false);
    Ok(if is_kept_out {
        Locks::Working
    } else {
        Locks::Ineffective
    })
}

/// Whether this process finds the file at `path` locked by another one.
pub fn is_locked(path: &Path) -> bool {
    lock::is_held(path)
}

#[cfg(test)]
mod tests {
    use serl_artifacts::fault::{Lacking, lack};

    use super::*;

    #[test]
    fn locks_that_keep_nobody_out_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let asked = |answer: Option<bool>| locks(&store, &move |path| answer.map(|answer| answer && is_locked(path)));
        assert_eq!(asked(None).unwrap(), Locks::Working);
        assert_eq!(asked(Some(true)).unwrap(), Locks::Working);
        assert_eq!(
            asked(Some(false)).unwrap(),
            Locks::Ineffective,
            "another process finds no lock"
        );
        let _none = lack(&[Lacking::Locks]);
        assert_eq!(asked(None).unwrap(), Locks::Absent);
        let _all = lack(&[Lacking::Exclusion]);
        assert_eq!(asked(Some(true)).unwrap(), Locks::Ineffective);
    }
}
