//! The collector's options and report.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::store::Live;

/// What may be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GcOptions {
    /// Only what is older than this.
    pub older_than: Duration,
    /// What was set aside as damaged, too.
    pub quarantine: bool,
    /// Runs to be forgotten first, with what only they need.
    pub drop_runs: Vec<String>,
    /// Whether to remove, or only to say what would be.
    pub delete: bool,
}

/// What a piece of garbage is, in the order in which it is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GcKind {
    /// The record of a run to be forgotten.
    Record,
    /// Links of such a run in the human-readable view.
    View,
    /// A manifest.
    Manifest,
    /// A checked-out folder.
    Folder,
    /// An object.
    Object,
    /// Saved work of a node.
    Work,
    /// What a dead process was writing.
    Temporary,
    /// A damaged file that was set aside.
    Quarantine,
}

/// Number and bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How many.
    pub count: usize,
    /// How many bytes.
    pub bytes: u64,
}

impl Tally {
    pub(super) fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
    }
}

/// A piece of garbage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Garbage {
    /// What it is.
    pub kind: GcKind,
    /// Where it is.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: u64,
}

/// What was, or would be, removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GcReport {
    /// Whether it was removed.
    pub deleted: bool,
    /// By kind.
    pub garbage: BTreeMap<GcKind, Tally>,
    /// Each piece.
    pub pieces: Vec<Garbage>,
    /// What nobody needs and is too young to go.
    pub young: Tally,
    /// Objects that stay.
    pub kept: Tally,
    /// Runs in progress: what was made since the oldest of them began stays.
    pub live: Vec<Live>,
}
