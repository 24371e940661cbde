//! Which runs are in progress.
//!
//! For as long as a process runs something, a file in `live/` says what. It is a temporary that never gets another
//! name, so it is locked while its process lives, and swept after (see [`serl_artifacts::temporary`]). Its age is that
//! of the process's run: what the run relies on was made, or marked as needed, after it. It is therefore made before
//! the run imports its first input.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serl_artifacts::ArtifactError;
use serl_artifacts::owner::host;
use serl_artifacts::temporary::{Temporary, is_abandoned, is_temporary};

use super::files::entries;
use super::process::Process;
use super::{Store, lock};
use crate::error::PipelineError;

/// The clocks of machines that share a disk may differ by this much.
pub(crate) const MARGIN: Duration = Duration::from_secs(600);

/// A process that runs something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// Name of the run.
    pub run: String,
    /// The process.
    #[serde(flatten)]
    pub process: Process,
    /// When it began.
    #[serde(skip, default = "SystemTime::now")]
    pub since: SystemTime,
}

impl Store {
    /// Announces that this process runs `run`, until the last clone of this store is dropped: from here on nothing that
    /// the process stores or finds is collected as garbage. Call it before importing the inputs of a run; a second call
    /// does nothing, and neither does one on a disk that cannot be written to.
    ///
    /// # Errors
    /// The file cannot be written, or garbage is being collected on a file system without locks.
    pub fn announce(&mut self, run: &str) -> Result<(), PipelineError> {
        if self.live.is_none() {
            self.live = announcement(self, run)?.map(Arc::new);
        }
        Ok(())
    }
}

fn announcement(store: &Store, run: &str) -> Result<Option<Temporary>, PipelineError> {
    let path = store.live_path().join("run");
    let mut file = match Temporary::beside(&path) {
        Err(ArtifactError::Io { source, .. }) if source.kind() == std::io::ErrorKind::ReadOnlyFilesystem => {
            return Ok(None);
        }
        made => made?,
    };
    let live = Live {
        run: run.to_owned(),
        process: Process::current(),
        since: SystemTime::now(),
    };
    let text = serde_json::to_vec(&live).unwrap_or_default();
    file.write_all(&text, &path)?;
    // The collector has looked for runs before, or will find this one.
    let collector = store.collector_lock();
    if !store.objects().has_locks() && lock::is_held(&collector) {
        let holder = lock::holder(&collector);
        return Err(PipelineError::Collecting { holder });
    }
    Ok(Some(file))
}

/// The runs in progress.
///
/// # Errors
/// The folder cannot be listed.
pub fn live(store: &Store) -> Result<Vec<Live>, PipelineError> {
    let found = entries(&store.live_path())?;
    Ok(found.iter().filter_map(|path| read(path)).collect())
}

/// The runs in progress, apart from the one that `store` was announced for.
pub(crate) fn others(store: &Store) -> Result<Vec<Live>, PipelineError> {
    let own = store.live.as_ref().map(|live| live.path());
    let found = entries(&store.live_path())?;
    let others = found.iter().filter(|path| Some(path.as_path()) != own);
    Ok(others.filter_map(|path| read(path)).collect())
}

/// When the oldest of [`others`] began.
pub(crate) fn oldest_other(store: &Store) -> Result<Option<SystemTime>, PipelineError> {
    Ok(others(store)?.into_iter().map(|live| live.since).min())
}

fn read(path: &Path) -> Option<Live> {
    if !is_temporary(path) || is_abandoned(path) {
        return None;
    }
    let since = std::fs::metadata(path).ok()?.modified().ok()?;
    // One that was just made is still empty.
    let told = serde_json::from_slice(&std::fs::read(path).ok()?).ok();
    let mut live: Live = told.unwrap_or(Live {
        run: String::new(),
        process: Process { pid: 0, host: host() },
        since,
    });
    live.since = since;
    Some(live)
}
