//! Manifests: the record that makes a node complete.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serl_artifacts::Digest;

use crate::graph::{ArtifactKind, KeyMaterial, NodeKey};
use crate::reason::Because;

/// What manifests are called in messages and checksums.
pub(crate) const MANIFEST: &str = "manifest";

/// An output of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Digest of the blob, or of the listing of the tree.
    pub digest: Digest,
    /// Blob or tree.
    pub kind: ArtifactKind,
    /// Length in bytes; of all files together for a tree.
    pub bytes: u64,
    /// Rows, for tables.
    pub rows: Option<u64>,
    /// Whether it was dropped on purpose (see [`crate::Retention`]): everything that reads it has done so, and its
    /// files may be gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dropped: bool,
}

/// What a complete node was made from, what it wrote and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The node's key.
    pub key: NodeKey,
    /// The material of the key.
    pub material: KeyMaterial,
    /// Outputs by name.
    pub outputs: BTreeMap<String, Output>,
    /// Wall-clock seconds of the attempt that completed it.
    pub seconds: f64,
    /// When that attempt began, in seconds since 1970.
    pub started_unix: u64,
    /// Whether that attempt continued an earlier one, so that `seconds` are not the time of all the work.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resumed: bool,
    /// Versions of the programs that made it.
    pub versions: BTreeMap<String, String>,
    /// The device it ran on.
    pub device: String,
    /// The stage's summary, which is shown to users.
    pub metrics: Value,
    /// Why it ran; none in manifests of versions that did not note it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Because>,
}
