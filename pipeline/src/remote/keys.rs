//! The layout of a remote, known only here: that of a store.

use std::path::PathBuf;

use serl_artifacts::Digest;
use serl_remote::Remote;

use crate::graph::NodeKey;

/// Manifests.
pub(crate) const MANIFESTS: &str = "v1/nodes";
/// Objects.
pub(crate) const OBJECTS: &str = "v1/objects";
/// Records of runs.
pub(crate) const RECORDS: &str = "v1/runs";
/// Pins.
pub(crate) const PINS: &str = "v1/pins";
/// Leases of nodes.
pub(crate) const LEASES: &str = "v1/leases";
/// Written to learn the time of the remote.
pub(crate) const CLOCK: &str = "v1/clock";

pub(crate) fn manifest(key: &NodeKey) -> String {
    format!("{MANIFESTS}/{key}.json")
}

pub(crate) fn object(digest: &Digest) -> String {
    let hex = digest.to_hex();
    let (shard, rest) = hex.split_at(2);
    format!("{OBJECTS}/{shard}/{rest}")
}

pub(crate) fn record(name: &str) -> String {
    format!("{RECORDS}/{name}.json")
}

pub(crate) fn pin(name: &str) -> String {
    format!("{PINS}/{name}.json")
}

pub(crate) fn lease(key: &NodeKey) -> String {
    format!("{LEASES}/{key}")
}

/// The name in a key below `folder`, without the ending of JSON files.
pub(crate) fn stem<'k>(key: &'k str, folder: &str) -> Option<&'k str> {
    key.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(".json")
}

/// The digest in the key of an object.
pub(crate) fn digest(key: &str) -> Option<Digest> {
    let rest = key.strip_prefix(OBJECTS)?.strip_prefix('/')?;
    let digest: Digest = rest.replacen('/', "", 1).parse().ok()?;
    (object(&digest) == key).then_some(digest)
}

/// A key as messages name it.
pub(crate) fn place(remote: &dyn Remote, key: &str) -> PathBuf {
    format!("{}/{key}", remote.place().trim_end_matches('/')).into()
}
