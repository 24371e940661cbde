//! A list of what is in a store, with which both checking and garbage collection begin.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serl_artifacts::{Digest, ObjectStore};

use crate::error::PipelineError;
use crate::graph::{ArtifactKind, NodeKey};
use crate::store::{Manifest, RunRecord, Store, entries};

/// Files of objects by digest, with their length; and stray files among them.
pub(crate) fn objects(store: &Store) -> Result<(BTreeMap<Digest, u64>, Vec<PathBuf>), PipelineError> {
    let (mut found, mut strange) = (BTreeMap::new(), Vec::new());
    for shard in entries(&store.objects().objects_folder())? {
        if serl_artifacts::temporary::is_temporary(&shard) {
            continue;
        }
        if !shard.is_dir() {
            strange.push(shard);
            continue;
        }
        for path in entries(&shard)? {
            if serl_artifacts::temporary::is_temporary(&path) {
                continue;
            }
            let named = || {
                let name = |path: &std::path::Path| path.file_name()?.to_str().map(str::to_owned);
                let digest: Digest = (name(&shard)? + &name(&path)?).parse().ok()?;
                let found = std::fs::symlink_metadata(&path).ok()?;
                let length = found.is_file().then_some(found.len())?;
                (store.objects().path(&digest) == path).then_some((digest, length))
            };
            match named() {
                Some((digest, length)) => drop(found.insert(digest, length)),
                None => strange.push(path),
            }
        }
    }
    Ok((found, strange))
}

/// Every object that a node needs to be whole: its outputs, the files of its trees, and what it read. Of a folder that
/// it read or that was dropped, that is the listing alone.
pub(crate) fn named_by(objects: &ObjectStore, manifest: &Manifest) -> BTreeSet<Digest> {
    let mut named: BTreeSet<Digest> = manifest.material.inputs.values().copied().collect();
    for output in manifest.outputs.values() {
        named.insert(output.digest);
        if output.kind == ArtifactKind::Tree
            && !output.dropped
            && let Ok(tree) = objects.tree(&output.digest)
        {
            named.extend(tree.files.values().map(|file| file.digest));
        }
    }
    named
}

/// Folders that a node wrote and that were not dropped.
pub(crate) fn folders(manifest: &Manifest) -> impl Iterator<Item = Digest> {
    let outputs = manifest.outputs.values();
    let folders = outputs.filter(|output| output.kind == ArtifactKind::Tree && !output.dropped);
    folders.map(|output| output.digest)
}

/// Names of runs by the keys of their nodes.
pub(crate) fn runs_by_key(records: &BTreeMap<String, RunRecord>) -> BTreeMap<NodeKey, BTreeSet<String>> {
    let mut runs: BTreeMap<NodeKey, BTreeSet<String>> = BTreeMap::new();
    for (name, record) in records {
        for key in record.nodes.values() {
            runs.entry(*key).or_default().insert(name.clone());
        }
    }
    runs
}

/// Length of all files in a folder, and the age of the youngest thing in it. Links are not followed.
pub(crate) fn measure(path: &std::path::Path) -> (u64, Option<std::time::SystemTime>) {
    let Ok(meta) = std::fs::symlink_metadata(path) else {
        return (0, None);
    };
    let mut total = if meta.is_dir() { 0 } else { meta.len() };
    let mut youngest = meta.modified().ok();
    if meta.is_dir() {
        for below in entries(path).unwrap_or_default() {
            let (bytes, time) = measure(&below);
            total += bytes;
            youngest = youngest.max(time);
        }
    }
    (total, youngest)
}
