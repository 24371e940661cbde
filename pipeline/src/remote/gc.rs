//! Collecting garbage in the remote.
//!
//! **Roots** are the records of runs and the pins in the remote, and every manifest younger than the age floor, by the
//! clock of the remote. Kept are the manifests that roots name, the objects that kept manifests name, and everything
//! younger than the floor. Manifests go before the objects that they name.
//!
//! **Next to machines that send**, this is safe if the floor is a day or more: whoever sends a node writes objects
//! that are half as old again (`objects.rs`), and then its manifest. A manifest that is needed and goes nevertheless,
//! since no record in the remote names it yet, is sent again by the next run of the machine that has it.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serl_artifacts::{Digest, Tree};
use serl_remote::{Entry, Link};

use super::keys;
use super::manifests::{Stored, look_up, read};
use crate::error::PipelineError;
use crate::graph::{ArtifactKind, NodeKey};
use crate::store::{Manifest, PIN, RECORD, RunRecord};

/// What was, or would be, removed from the remote.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RemoteGarbage {
    /// Whether it was removed.
    pub deleted: bool,
    /// Manifests.
    pub manifests: usize,
    /// Objects.
    pub objects: usize,
    /// Bytes of these objects.
    pub bytes: u64,
    /// Objects that stay.
    pub kept: usize,
    /// Bytes of these.
    pub kept_bytes: u64,
    /// Runs and pins that need something.
    pub roots: usize,
}

/// Finds what no run and no pin in the remote needs and is older than `older_than`; removes it if `delete`.
///
/// # Errors
/// The remote cannot be reached, or a record or a manifest that is needed cannot be read: what it needs is not known.
pub fn collect(link: &Link, older_than: Duration, delete: bool) -> Result<RemoteGarbage, PipelineError> {
    let remote = link.remote();
    let floor = link
        .now(keys::CLOCK)?
        .checked_sub(older_than)
        .unwrap_or(SystemTime::UNIX_EPOCH);
    let is_old = |entry: &Entry| entry.head.modified < floor;
    let mut report = RemoteGarbage::default();
    let roots = roots(link, &mut report)?;
    let mut manifests = Vec::new();
    let mut needed = BTreeSet::new();
    for entry in remote.list(keys::MANIFESTS)? {
        let key = keys::stem(&entry.key, keys::MANIFESTS).and_then(|stem| stem.parse::<NodeKey>().ok());
        let Some(key) = key else { continue };
        if !roots.contains(&key) && is_old(&entry) {
            manifests.push(entry);
            continue;
        }
        match look_up(link, &key)? {
            Stored::There(manifest, _) => needed.extend(named_by(link, &manifest)?),
            Stored::Unreadable(_) if roots.contains(&key) => return Err(unreadable(link, &entry.key)),
            Stored::Unreadable(_) | Stored::Absent => {}
        }
    }
    let mut objects = Vec::new();
    for entry in remote.list(keys::OBJECTS)? {
        match keys::digest(&entry.key) {
            Some(digest) if !needed.contains(&digest) && is_old(&entry) => objects.push(entry),
            Some(_) => {
                report.kept += 1;
                report.kept_bytes += entry.head.bytes;
            }
            None => {}
        }
    }
    report.manifests = manifests.len();
    report.objects = objects.len();
    report.bytes = objects.iter().map(|entry| entry.head.bytes).sum();
    if delete {
        let leases = remote.list(keys::LEASES)?.into_iter().filter(is_old);
        for entry in manifests.into_iter().chain(objects).chain(leases) {
            remote.delete(&entry.key)?;
        }
        remote.sweep()?;
        report.deleted = true;
    }
    Ok(report)
}

/// The nodes that records and pins name.
fn roots(link: &Link, report: &mut RemoteGarbage) -> Result<BTreeSet<NodeKey>, PipelineError> {
    let mut roots = BTreeSet::new();
    for (folder, what) in [(keys::RECORDS, RECORD), (keys::PINS, PIN)] {
        for entry in link.remote().list(folder)? {
            if let Some(record) = read::<RunRecord>(link, &entry.key, what)? {
                roots.extend(record.nodes.into_values());
                report.roots += 1;
            }
        }
    }
    Ok(roots)
}

/// Every object that a node needs to be whole.
fn named_by(link: &Link, manifest: &Manifest) -> Result<BTreeSet<Digest>, PipelineError> {
    let mut named: BTreeSet<Digest> = manifest.material.inputs.values().copied().collect();
    for output in manifest.outputs.values() {
        named.insert(output.digest);
        if output.kind == ArtifactKind::Tree && !output.dropped {
            named.extend(files(link, &output.digest)?);
        }
    }
    Ok(named)
}

/// The files of a folder. A listing that is gone or damaged names none: its node is computed again.
fn files(link: &Link, listing: &Digest) -> Result<Vec<Digest>, PipelineError> {
    let found = link.remote().get(&keys::object(listing))?;
    let whole = found.filter(|found| Digest::of(&found.bytes) == *listing);
    let tree = whole.and_then(|found| serde_json::from_slice::<Tree>(&found.bytes).ok());
    Ok(tree.map_or_else(Vec::new, |tree| {
        tree.files.into_values().map(|file| file.digest).collect()
    }))
}

fn unreadable(link: &Link, key: &str) -> PipelineError {
    PipelineError::Json {
        path: keys::place(link.remote(), key),
        what: crate::store::MANIFEST,
        reason: "its content does not match its checksum".to_owned(),
    }
}
