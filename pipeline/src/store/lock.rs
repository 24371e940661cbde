//! One process per node.
//!
//! The lock is the operating system's, on `locks/<key>`: it ends with the process that holds it, however that ends.
//! The file says who holds it, for users. It is never deleted: a process could then lock a file that no longer has a
//! name while another locks its successor. On a file system without locks, a marker takes its place: see
//! [`super::marker`].

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serl_artifacts::lock::{Attempt, Lockable};
use serl_artifacts::{ArtifactError, fs};

use super::marker;
use super::process::Process;
use crate::cancel::CancelFlag;
use crate::error::PipelineError;

/// How often a waiting process looks again.
const POLL: Duration = Duration::from_millis(50);

/// A held lock; given up when dropped.
#[derive(Debug)]
pub(crate) struct NodeLock {
    _lock: Lockable,
    marker: Option<PathBuf>,
}

impl Drop for NodeLock {
    fn drop(&mut self) {
        if let Some(marker) = &self.marker {
            // One that stays is that of a dead process.
            let _ = fs::remove_file(marker);
        }
    }
}

/// Takes the lock at `path`, waiting for whoever holds it; `waiting` is called once, with the holder, if
/// the wait is longer than a moment: a holder needs that moment to sign.
///
/// # Errors
/// [`PipelineError::Interrupted`] if `cancel` is raised while waiting, or the system refuses.
pub(crate) fn acquire(
    path: &Path,
    cancel: &CancelFlag,
    waiting: impl FnOnce(Option<Process>),
) -> Result<NodeLock, PipelineError> {
    if let Some(lock) = try_acquire(path)? {
        return Ok(lock);
    }
    let mut waiting = Some(waiting);
    loop {
        if cancel.is_cancelled() {
            return Err(PipelineError::Interrupted);
        }
        std::thread::sleep(POLL);
        if let Some(lock) = try_acquire(path)? {
            return Ok(lock);
        }
        if let Some(waiting) = waiting.take() {
            waiting(holder(path));
        }
    }
}

/// Takes the lock at `path`, waiting for whoever holds it, but no longer than `patience`; none after that.
///
/// # Errors
/// The system refuses.
pub(crate) fn acquire_soon(path: &Path, patience: Duration) -> Result<Option<NodeLock>, PipelineError> {
    let began = Instant::now();
    loop {
        match try_acquire(path)? {
            None if began.elapsed() < patience => std::thread::sleep(POLL),
            done => return Ok(done),
        }
    }
}

/// Takes the lock at `path` if nobody holds it.
///
/// # Errors
/// The system refuses.
pub(crate) fn try_acquire(path: &Path) -> Result<Option<NodeLock>, PipelineError> {
    let io = |e| ArtifactError::io("lock", path)(e);
    let mut lock = Lockable::create(path).map_err(io)?;
    let marker = match lock.try_exclusive().map_err(io)? {
        Attempt::Held => return Ok(None),
        Attempt::Taken => None,
        Attempt::Impossible => match marker::claim(path)? {
            marker::Claim::Held => return Ok(None),
            marker::Claim::Made(marker) => Some(marker),
            marker::Claim::Impossible => None,
        },
    };
    if let Some(file) = lock.writable() {
        let signature = format!("{}\n", Process::current());
        file.set_len(0).map_err(io)?;
        fs::write_all(file, path, signature.as_bytes()).map_err(io)?;
    }
    Ok(Some(NodeLock { _lock: lock, marker }))
}

/// Whether some process holds the lock at `path`; it is not taken, and not made.
pub(crate) fn is_held(path: &Path) -> bool {
    let attempt = Lockable::open(path).and_then(|lock| lock.try_shared());
    match attempt {
        Ok(Attempt::Held) => true,
        Ok(Attempt::Impossible) => marker::is_held(path),
        Ok(Attempt::Taken) | Err(_) => false,
    }
}

/// Who signed the lock at `path` last.
pub(crate) fn holder(path: &Path) -> Option<Process> {
    Process::signed(&std::fs::read_to_string(path).ok()?)
}

#[cfg(test)]
mod tests {
    use serl_artifacts::fault::{Lacking, lack};

    use super::*;
    use crate::forking;

    #[test]
    fn the_second_waits_for_the_first_and_knows_who_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = acquire(&path, &CancelFlag::new(), |_| panic!("nobody holds it")).unwrap();
        assert!(try_acquire(&path).unwrap().is_none());
        std::thread::scope(|scope| {
            let (tell, told) = std::sync::mpsc::channel();
            let path = &path;
            let second = scope.spawn(move || acquire(path, &CancelFlag::new(), |holder| tell.send(holder).unwrap()));
            assert_eq!(told.recv().unwrap(), Some(Process::current()));
            drop(first);
            second.join().unwrap().unwrap();
        });
        assert!(try_acquire(&path).unwrap().is_some());
    }

    #[test]
    fn waiting_can_be_cancelled() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let _held = try_acquire(&path).unwrap();
        let cancel = CancelFlag::new();
        cancel.cancel();
        assert!(matches!(
            acquire(&path, &cancel, |_| ()),
            Err(PipelineError::Interrupted)
        ));
    }

    #[test]
    fn where_there_are_no_locks_a_marker_tells_whether_the_holder_lives() {
        let _poor = lack(&[Lacking::Locks]);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        assert!(!is_held(&path));
        let first = try_acquire(&path).unwrap().unwrap();
        assert!(is_held(&path) && try_acquire(&path).unwrap().is_none());
        drop(first);
        assert!(!is_held(&path));

        let first = try_acquire(&path).unwrap().unwrap();
        let marker = first.marker.clone().unwrap();
        let held = std::fs::read_to_string(&marker).unwrap();
        drop(first);
        std::fs::write(&marker, format!("{}0\n", held.trim())).unwrap();
        assert!(!is_held(&path), "its process has ended");
        assert!(try_acquire(&path).unwrap().is_some());
        std::fs::write(&marker, "00000000000000ff-1-1\n").unwrap();
        assert!(is_held(&path), "nothing is known of another machine");
        assert!(try_acquire(&path).unwrap().is_none());
    }

    const LOCK_TO_HOLD: &str = "SERL_TEST_LOCK_TO_HOLD";

    /// Not a test of its own: the other process of the test below.
    #[test]
    #[ignore = "run by a_lock_ends_with_its_process"]
    fn hold_a_lock() {
        if let Some(path) = std::env::var_os(LOCK_TO_HOLD) {
            let _held = try_acquire(Path::new(&path)).unwrap();
            std::thread::sleep(Duration::from_secs(60));
        }
    }

    #[test]
    fn a_lock_ends_with_its_process() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let mut other = forking::start(
            std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "store::lock::tests::hold_a_lock", "--ignored"])
                .env(LOCK_TO_HOLD, &path)
                .stdout(std::process::Stdio::null()),
        );
        while holder(&path).map(|holder| holder.pid) != Some(other.id()) {
            assert!(other.try_wait().unwrap().is_none(), "the other process ended early");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(try_acquire(&path).unwrap().is_none());
        other.kill().unwrap();
        other.wait().unwrap();
        assert!(try_acquire(&path).unwrap().is_some());
    }
}
