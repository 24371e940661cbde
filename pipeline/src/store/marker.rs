//! Markers in place of locks, on file systems that have none.
//!
//! The marker of `locks/<key>` is `locks/<key>.held`. Only one process can create it, and it names that process, so
//! that others can tell when it has died (see [`serl_artifacts::owner`]). Nothing is known of a process on another
//! machine: its marker counts as held. Should two processes ever hold the same marker, both write the same bytes to the
//! same names.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serl_artifacts::owner::{Life, Owner};
use serl_artifacts::{ArtifactError, fs};

use super::files::remove_if_there;
use crate::error::PipelineError;

/// Whoever created a marker needs this long to sign it, at most.
const SIGNING: Duration = Duration::from_secs(60);

/// How often markers of dead processes are removed before somebody else is assumed to be quicker.
const ATTEMPTS: usize = 4;

/// The result of claiming a lock by a marker.
pub(super) enum Claim {
    /// This process has made the marker, and must remove it.
    Made(PathBuf),
    /// Somebody else holds it.
    Held,
    /// This system does not tell processes apart.
    Impossible,
}

/// Claims the lock at `lock`.
///
/// # Errors
/// The system refuses.
pub(super) fn claim(lock: &Path) -> Result<Claim, PipelineError> {
    let Some(owner) = Owner::current() else {
        return Ok(Claim::Impossible);
    };
    let marker = of(lock);
    let io = |e| ArtifactError::io("lock", &marker)(e);
    for _ in 0..ATTEMPTS {
        match fs::create_new(&marker) {
            Ok(mut file) => {
                fs::write_all(&mut file, &marker, format!("{owner}\n").as_bytes()).map_err(io)?;
                return Ok(Claim::Made(marker));
            }
            Err(e) if e.kind() != ErrorKind::AlreadyExists => return Err(io(e).into()),
            Err(_) if life(&marker) == Life::Dead => remove_if_there(&marker)?,
            Err(_) => return Ok(Claim::Held),
        }
    }
    Ok(Claim::Held)
}

/// Whether some process may hold the lock at `lock`.
pub(super) fn is_held(lock: &Path) -> bool {
    let marker = of(lock);
    marker.exists() && life(&marker) != Life::Dead
}

fn of(lock: &Path) -> PathBuf {
    lock.with_extension("held")
}

fn life(marker: &Path) -> Life {
    let signed = std::fs::read_to_string(marker).ok();
    if let Some(owner) = signed.and_then(|text| text.parse::<Owner>().ok()) {
        return owner.life();
    }
    let made = std::fs::metadata(marker).and_then(|meta| meta.modified()).ok();
    match made.and_then(|made| made.elapsed().ok()) {
        Some(age) if age > SIGNING => Life::Dead,
        _ => Life::Living,
    }
}
