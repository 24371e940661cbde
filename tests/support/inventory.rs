//! What a store holds, read from its files alone: the judge is not the program under test.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use serl_artifacts::Digest;

/// Complete nodes and whole objects of a store.
#[derive(Debug, PartialEq, Eq)]
pub struct Inventory {
    /// Key of each complete node, and the digests of its outputs by name.
    pub nodes: BTreeMap<String, BTreeMap<String, String>>,
    /// Digests of all objects: tables, files of policies and optimizer states, listings of folders.
    pub objects: BTreeSet<String>,
}

impl Inventory {
    /// Reads the store under `root`; every object must have the content that its name promises.
    #[track_caller]
    pub fn of(root: &Path) -> Self {
        Self {
            nodes: manifests(root)
                .into_iter()
                .map(|(key, manifest)| (key, outputs(&manifest)))
                .collect(),
            objects: objects(root),
        }
    }
}

/// The manifests of a store, by node key.
pub fn manifests(root: &Path) -> BTreeMap<String, Value> {
    let read = |path: PathBuf| {
        let key = path.file_stem()?.to_str()?.to_owned();
        let manifest = serde_json::from_slice(&fs::read(path).ok()?).unwrap();
        Some((key, manifest))
    };
    listed(&root.join("v1/nodes")).into_iter().filter_map(read).collect()
}

/// The digests of a manifest's outputs, by name.
pub fn outputs(manifest: &Value) -> BTreeMap<String, String> {
    let outputs = manifest["outputs"].as_object().unwrap();
    outputs
        .iter()
        .map(|(name, output)| (name.clone(), output["digest"].as_str().unwrap().to_owned()))
        .collect()
}

/// Where the object with this digest is kept.
pub fn object(root: &Path, digest: &str) -> PathBuf {
    let (shard, rest) = digest.split_at(2);
    root.join("v1/objects").join(shard).join(rest)
}

/// What is in the folder `path`, in order; nothing if there is none. Temporaries are skipped, as all readers do.
pub fn listed(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| !path.file_name().unwrap().as_encoded_bytes().starts_with(b".tmp-"));
    paths.sort();
    paths
}

fn objects(root: &Path) -> BTreeSet<String> {
    let mut digests = BTreeSet::new();
    for shard in listed(&root.join("v1/objects")) {
        for path in listed(&shard) {
            let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
            let digest = name(&shard) + &name(&path);
            let found = Digest::of(&fs::read(&path).unwrap()).to_string();
            assert_eq!(found, digest, "the content of {}", path.display());
            digests.insert(digest);
        }
    }
    digests
}
