//! Sending a complete node. The first manifest wins.

use std::collections::BTreeSet;

use serl_artifacts::Digest;
use serl_remote::{Link, Version};

use super::keys;
use super::manifests::{self, Stored};
use super::objects::{self, Departure};
use crate::error::PipelineError;
use crate::graph::ArtifactKind;
use crate::store::{Manifest, Store};

/// How often somebody else may be quicker before that is taken for a fault.
const ATTEMPTS: usize = 8;

/// What has become of a node that was sent.
pub(crate) enum Published {
    /// The remote has it, for so many bytes that were transferred.
    There(u64),
    /// Somebody else has written other outputs before.
    Lost(Box<Manifest>, Version),
    /// The store does not have all of it.
    Lacking,
}

/// Brings a complete node to the remote. A manifest there of the version `useless` is replaced: what it names is gone.
///
/// # Errors
/// The remote cannot be reached: whether the node is there is not known.
pub(crate) fn publish(
    store: &Store,
    link: &Link,
    manifest: &Manifest,
    useless: Option<&Version>,
) -> Result<Published, PipelineError> {
    let key = keys::manifest(&manifest.key);
    let mut sent = 0;
    for _ in 0..ATTEMPTS {
        let from = match manifests::look_up(link, &manifest.key)? {
            Stored::Absent => None,
            Stored::Unreadable(version) => Some(version),
            Stored::There(theirs, version) => {
                if is_contained(manifest, &theirs) {
                    return mended(store, link, manifest, sent, &key);
                }
                if useless != Some(&version) && !is_more(manifest, &theirs) {
                    return Ok(Published::Lost(theirs, version));
                }
                Some(version)
            }
        };
        match send_objects(store, link, manifest)? {
            Departure::Lacking => return Ok(Published::Lacking),
            Departure::There(bytes) => sent += bytes,
        }
        let is_done = match from {
            None => manifests::create(link, manifest)?,
            Some(version) => manifests::replace(link, manifest, &version)?,
        };
        if is_done {
            link.clear(&key);
            return Ok(Published::There(sent));
        }
    }
    Ok(Published::Lacking)
}

/// Whether `theirs` says all that `ours` says.
fn is_contained(ours: &Manifest, theirs: &Manifest) -> bool {
    let same = ours.outputs.len() == theirs.outputs.len();
    same && ours.outputs.iter().all(|(name, output)| {
        let there = theirs.outputs.get(name);
        there.is_some_and(|there| there.digest == output.digest && (output.dropped || !there.dropped))
    })
}

/// Whether `ours` has an output that was dropped from `theirs`.
fn is_more(ours: &Manifest, theirs: &Manifest) -> bool {
    ours.outputs.iter().any(|(name, output)| {
        let there = theirs.outputs.get(name);
        there.is_some_and(|there| there.dropped && !output.dropped)
    })
}

/// The remote has the manifest. Objects of it that turned out to be missing or damaged are written again.
fn mended(store: &Store, link: &Link, manifest: &Manifest, sent: u64, key: &str) -> Result<Published, PipelineError> {
    if !link.is_suspect(key) {
        return Ok(Published::There(sent));
    }
    match send_objects(store, link, manifest)? {
        Departure::Lacking => Ok(Published::Lacking),
        Departure::There(bytes) => {
            link.clear(key);
            Ok(Published::There(sent + bytes))
        }
    }
}

/// Sends all objects that a manifest names, files of folders before their listings.
fn send_objects(store: &Store, link: &Link, manifest: &Manifest) -> Result<Departure, PipelineError> {
    let mut sent = 0;
    for digest in files(store, manifest) {
        match objects::send(store, link, &digest)? {
            Departure::Lacking => return Ok(Departure::Lacking),
            Departure::There(bytes) => sent += bytes,
        }
    }
    let outputs = manifest.outputs.values().map(|output| output.digest);
    for digest in outputs {
        match objects::send(store, link, &digest)? {
            Departure::Lacking => return Ok(Departure::Lacking),
            Departure::There(bytes) => sent += bytes,
        }
    }
    // What the run imported; the models that it read are not in the store.
    for digest in manifest.material.inputs.values() {
        if let Departure::There(bytes) = objects::send(store, link, digest)? {
            sent += bytes;
        }
    }
    Ok(Departure::There(sent))
}

fn files(store: &Store, manifest: &Manifest) -> BTreeSet<Digest> {
    let outputs = manifest.outputs.values();
    let folders = outputs.filter(|output| output.kind == ArtifactKind::Tree && !output.dropped);
    let trees = folders.filter_map(|output| store.objects().tree(&output.digest).ok());
    trees
        .flat_map(|tree| tree.files.into_values().map(|file| file.digest))
        .collect()
}
