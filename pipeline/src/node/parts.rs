//! Numbered pieces of a node's work, kept so that a crash costs one piece.
//!
//! A part is one file, `<number>.part`: 32 bytes of a digest, then the content. The digest is that of the node, the
//! name and the number of the part together with the content, so that no part passes as another one. It appears by one
//! rename, so after a crash it is there wholly or not at all. One that took a second and more to make is synced; of the
//! quick ones, which are many, a power cut may cost those of the last seconds. If that or the disk damages one, its
//! digest shows it, and the part is made again.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serl_artifacts::atomic::{create_dir, write_atomic, write_unsynced};
use serl_artifacts::temporary::is_temporary;
use serl_artifacts::{ArtifactError, Digest};

use crate::error::PipelineError;
use crate::store::{check_name, remove_if_there};

const DIGEST_BYTES: usize = 32;

/// Work that is worth the milliseconds of a sync.
const WORTH_SYNCING: Duration = Duration::from_secs(1);

/// The parts of one name of one node.
#[derive(Debug, Clone)]
pub struct Parts {
    dir: PathBuf,
    /// The node's key and the name of the parts.
    name: String,
    /// When the one before was kept, or these were opened.
    last: Cell<Instant>,
}

impl Parts {
    /// The parts `name` of the node that works in `work`, the folder of its key.
    pub(crate) fn open(work: &Path, name: &str) -> Result<Self, PipelineError> {
        check_name(name, "parts")?;
        let dir = folder(work).join(name);
        create_dir(&dir)?;
        let last = Cell::new(Instant::now());
        let key = work.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{key}\n{name}");
        Ok(Self { dir, name, last })
    }

    /// The part with number `index`; none if it was never put, or was damaged since, in which case it is removed.
    ///
    /// # Errors
    /// The file cannot be read or removed.
    pub fn get(&self, index: usize) -> Result<Option<Vec<u8>>, PipelineError> {
        let path = self.path(index);
        let mut bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) if e.kind() == std::io::ErrorKind::IsADirectory => Vec::new(),
            Err(e) => return Err(ArtifactError::io("read", &path)(e).into()),
        };
        let whole = bytes
            .split_at_checked(DIGEST_BYTES)
            .is_some_and(|(digest, content)| self.digest(index, content).as_bytes() == digest);
        if whole {
            bytes.drain(..DIGEST_BYTES);
            return Ok(Some(bytes));
        }
        remove_if_there(&path)?;
        Ok(None)
    }

    /// Keeps `bytes` as the part with number `index`, replacing one that is there.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put(&self, index: usize, bytes: &[u8]) -> Result<(), PipelineError> {
        let mut content = self.digest(index, bytes).as_bytes().to_vec();
        content.extend_from_slice(bytes);
        let path = self.path(index);
        if self.last.get().elapsed() >= WORTH_SYNCING {
            write_atomic(&path, &content)?;
        } else {
            write_unsynced(&path, &content)?;
        }
        self.last.set(Instant::now());
        Ok(())
    }

    fn digest(&self, index: usize, content: &[u8]) -> Digest {
        let place = format!("{}\n{index}\n", self.name);
        Digest::of_parts(&[place.as_bytes(), content])
    }

    fn path(&self, index: usize) -> PathBuf {
        self.dir.join(format!("{index:08}.part"))
    }
}

fn folder(work: &Path) -> PathBuf {
    work.join("parts")
}

/// Whether the node that works in `work` has any part.
pub(crate) fn any_kept(work: &Path) -> bool {
    let entries = |path: &Path| {
        std::fs::read_dir(path)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
    };
    entries(&folder(work)).any(|named| entries(&named).any(|part| !is_temporary(&part)))
}

#[cfg(test)]
mod tests {
    use serl_artifacts::fault;
    use serl_artifacts::fs::Operation;

    use super::*;

    #[test]
    fn parts_are_kept_and_damaged_ones_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let parts = Parts::open(dir.path(), "rollouts").unwrap();
        assert_eq!(parts.get(0).unwrap(), None);
        parts.put(0, b"zero").unwrap();
        parts.put(1, b"").unwrap();
        assert_eq!(parts.get(0).unwrap().unwrap(), b"zero");
        assert_eq!(parts.get(1).unwrap().unwrap(), b"");

        let path = dir.path().join("parts/rollouts/00000000.part");
        for damaged in [&b"short"[..], b"", &[0; 40]] {
            parts.put(0, b"zero").unwrap();
            std::fs::write(&path, damaged).unwrap();
            assert_eq!(parts.get(0).unwrap(), None);
            assert!(!path.exists());
        }
        parts.put(0, b"zero").unwrap();
        let other = Parts::open(dir.path(), "others").unwrap();
        let next = Parts::open(&dir.path().join("next"), "rollouts").unwrap();
        for (wrong, index) in [(&parts, 1), (&other, 0), (&next, 0)] {
            std::fs::copy(&path, wrong.path(index)).unwrap();
            assert_eq!(wrong.get(index).unwrap(), None, "it is another part");
        }
        parts.put(0, b"again").unwrap();
        assert_eq!(
            Parts::open(dir.path(), "rollouts").unwrap().get(0).unwrap().unwrap(),
            b"again"
        );
        assert!(Parts::open(dir.path(), "../up").is_err());
    }

    #[test]
    fn only_what_took_long_is_synced() {
        let dir = tempfile::tempdir().unwrap();
        let parts = Parts::open(dir.path(), "rollouts").unwrap();
        let armed = fault::arm(None);
        let now = Instant::now();
        // A time to come: nothing has passed since, however slow the machine is.
        let quick = now + Duration::from_secs(3600);
        for (index, last) in [quick, now - WORTH_SYNCING, quick].into_iter().enumerate() {
            parts.last.set(last);
            parts.put(index, b"part").unwrap();
        }
        let calls = armed.calls();
        let synced = calls.iter().filter(|(operation, _)| *operation == Operation::SyncFile);
        assert_eq!(synced.count(), 1);
    }
}
