//! The result of a check.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Serialize;

use super::problem::Problem;

/// How much was checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Objects.
    pub objects: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Manifests.
    pub manifests: usize,
    /// Checked-out folders.
    pub folders: usize,
    /// Records of runs, and pins.
    pub records: usize,
    /// Links of the human-readable view.
    pub links: usize,
}

/// Something in `quarantine/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Aside {
    /// The file.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FsckReport {
    /// How much was checked.
    pub counts: Counts,
    /// What is wrong, by kind and path.
    pub problems: Vec<Problem>,
    /// What lies in `quarantine/` after the check.
    pub quarantine: Vec<Aside>,
    /// Runs to be run again, which brings back what is missing.
    pub run_again: BTreeSet<String>,
}
