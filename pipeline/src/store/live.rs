//! Which runs are in progress.
//!
//! For as long as a process runs something, a file in `live/` says what. It is a temporary that never gets another
//! name, so it is locked while its process lives, and swept after (see [`serl_artifacts::temporary`]). Its age is that
//! of the process's run: what the run relies on was made, or marked as needed, after it.

use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serl_artifacts::ArtifactError;
use serl_artifacts::temporary::{Temporary, is_abandoned};

use super::Store;
use super::files::entries;
use crate::error::PipelineError;

/// A run imports its inputs this long before it begins, at most.
pub(crate) const IMPORTING: Duration = Duration::from_secs(600);

/// A process that runs something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// Name of the run.
    pub run: String,
    /// The process.
    pub pid: u32,
    /// When it began.
    #[serde(skip, default = "SystemTime::now")]
    pub since: SystemTime,
}

/// Announces that this process runs `run`, until the result is dropped. Does nothing if the store cannot be written to.
pub(crate) fn announce(store: &Store, run: &str) -> Result<Option<Temporary>, PipelineError> {
    let path = store.live_path().join("run");
    let mut file = match Temporary::beside(&path) {
        Err(ArtifactError::Io { source, .. }) if source.kind() == std::io::ErrorKind::ReadOnlyFilesystem => {
            return Ok(None);
        }
        made => made?,
    };
    let live = Live {
        run: run.to_owned(),
        pid: std::process::id(),
        since: SystemTime::now(),
    };
    let text = serde_json::to_vec(&live).unwrap_or_default();
    file.write_all(&text, &path)?;
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

/// When the oldest run in progress began, apart from the one that `own` announces.
pub(crate) fn oldest_other(store: &Store, own: Option<&Path>) -> Result<Option<SystemTime>, PipelineError> {
    let found = entries(&store.live_path())?;
    let others = found.iter().filter(|path| Some(path.as_path()) != own);
    Ok(others.filter_map(|path| read(path)).map(|live| live.since).min())
}

fn read(path: &Path) -> Option<Live> {
    if is_abandoned(path) {
        return None;
    }
    let since = std::fs::metadata(path).ok()?.modified().ok()?;
    // One that was just made is still empty.
    let told = serde_json::from_slice(&std::fs::read(path).ok()?).ok();
    let mut live: Live = told.unwrap_or(Live {
        run: String::new(),
        pid: 0,
        since,
    });
    live.since = since;
    Some(live)
}
