//! Dropping outputs: first the mark, then the files.
//!
//! ```text
//!  objects.lock, alone ─> manifest with the mark (temp, fsync, rename, fsync dir) ─> links of the view ─> objects ─>
//!  folder
//! ```
//! The mark is on the disk before the first file goes, so no manifest ever claims what is gone. A crash after the mark
//! leaves files that nothing needs; the folder goes last, and one that is still there tells the next run of them. The
//! collector of garbage finds them in any case.
//!
//! Files are shared by content. One goes only if no manifest of the store names it, and if it is older than every other
//! run in progress (see [`super::gc`] for why that is safe); what is younger is left to the collector.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::SystemTime;

use serl_artifacts::Digest;

use super::census;
use crate::error::PipelineError;
use crate::graph::{ArtifactKind, NodeKey};
use crate::store::live::{self, MARGIN};
use crate::store::{MANIFEST, Manifest, Output, Store, lock, remove_if_there, write_json};

/// Nodes that a pin or a run other than `run` has; none if a record cannot be read, since it is unknown what that
/// needs.
pub(crate) fn claimed_by_others(store: &Store, run: &str) -> Result<Option<BTreeSet<NodeKey>>, PipelineError> {
    let mut claimed = BTreeSet::new();
    let runs = store.run_names()?.into_iter().filter(|name| name != run);
    let runs = runs.map(|name| store.run_record(&name));
    let pins = store.pin_names()?.into_iter().map(|name| store.pin(&name));
    for record in runs.chain(pins) {
        match record {
            Ok(record) => claimed.extend(record.into_iter().flat_map(|r| r.nodes.into_values())),
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(claimed))
}

/// Marks the outputs `names` of a node as dropped, and returns its new manifest; none if another process is working on
/// the node. The objects must be held alone.
pub(crate) fn mark(store: &Store, key: &NodeKey, names: &[String]) -> Result<Option<Manifest>, PipelineError> {
    let Some(_held) = lock::try_acquire(&store.lock_path(key))? else {
        return Ok(None);
    };
    let Some(mut manifest) = store.manifest(key)? else {
        return Ok(None);
    };
    for (_, output) in manifest.outputs.iter_mut().filter(|(n, _)| names.contains(n)) {
        output.dropped = output.kind == ArtifactKind::Tree;
    }
    write_json(&store.manifest_path(key), MANIFEST, &manifest)?;
    Ok(Some(manifest))
}

/// Removes the files of dropped outputs, as far as nothing else needs them, and returns those that went. The objects
/// must be held alone.
pub(crate) fn remove_files<'m>(
    store: &Store,
    dropped: impl Iterator<Item = &'m Output>,
) -> Result<Vec<Digest>, PipelineError> {
    let Some(needed) = Needed::find(store)? else {
        return Ok(Vec::new());
    };
    let floor = live::oldest_other(store)?.map(|oldest| oldest - MARGIN);
    let objects = store.objects();
    let mut removed = Vec::new();
    for output in dropped {
        // Its listing stays: what was in it can still be shown and compared.
        let Ok(tree) = objects.tree(&output.digest) else {
            continue;
        };
        for file in tree.files.values() {
            let path = objects.path(&file.digest);
            if !needed.objects.contains(&file.digest) && is_older(&path, floor) {
                remove_if_there(&path)?;
                removed.push(file.digest);
            }
        }
        if !needed.folders.contains(&output.digest) {
            remove_if_there(&objects.checkout_path(&output.digest))?;
        }
    }
    Ok(removed)
}

/// What the manifests of a store name.
struct Needed {
    objects: BTreeSet<Digest>,
    folders: BTreeSet<Digest>,
}

impl Needed {
    /// None if a manifest cannot be read.
    fn find(store: &Store) -> Result<Option<Self>, PipelineError> {
        let (mut objects, mut folders) = (BTreeSet::new(), BTreeSet::new());
        for key in store.manifest_keys()? {
            match store.manifest(&key) {
                Ok(Some(manifest)) => {
                    objects.extend(census::named_by(store.objects(), &manifest));
                    folders.extend(census::folders(&manifest));
                }
                Ok(None) => {}
                Err(_) => return Ok(None),
            }
        }
        Ok(Some(Self { objects, folders }))
    }
}

/// Whether the file was made, or marked as needed, before `floor`; nothing is younger than no floor.
fn is_older(path: &Path, floor: Option<SystemTime>) -> bool {
    let Some(floor) = floor else { return true };
    let made = std::fs::metadata(path).and_then(|meta| meta.modified());
    made.is_ok_and(|made| made < floor)
}
