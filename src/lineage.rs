//! Which adapters lead to a policy.

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::Result;
use serl_artifacts::Digest;
use serl_pipeline::Store;
use serl_stages::{Stage, Train};

/// What a node that trains an adapter has made of which policy.
struct Trained {
    adapter: Digest,
    from: Digest,
}

/// The folders of the adapters that were trained and merged one after the other until there was `policy`, in this
/// order. None for a policy that no node of the store has trained by an adapter.
///
/// # Errors
/// A store that cannot be read, an adapter that is missing or damaged.
pub fn adapters(store: &Store, policy: &Digest) -> Result<Vec<PathBuf>> {
    let mut trained: HashMap<Digest, Trained> = HashMap::new();
    for key in store.manifest_keys()? {
        let Some(manifest) = store.manifest(&key)? else {
            continue;
        };
        let output = |name: &str| manifest.outputs.get(name).map(|output| output.digest);
        if manifest.material.stage == Train::NAME
            && let (Some(made), Some(adapter)) = (output(Train::POLICY.name), output(Train::ADAPTER.name))
            && let Some(from) = manifest.material.inputs.get("policy")
        {
            trained.insert(made, Trained { adapter, from: *from });
        }
    }
    let mut folders = Vec::new();
    let mut at = *policy;
    while let Some(Trained { adapter, from }) = trained.remove(&at) {
        folders.push(store.objects().checkout(&adapter)?);
        at = from;
    }
    folders.reverse();
    Ok(folders)
}
