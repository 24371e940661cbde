//! What a check tells.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Serialize;

use super::problem::Problem;

/// How much was looked at.
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
    /// Links for people.
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
    /// How much was looked at.
    pub counts: Counts,
    /// What is wrong, by kind and path.
    pub problems: Vec<Problem>,
    /// What lies in `quarantine/` after the check.
    pub quarantine: Vec<Aside>,
    /// Runs to be run again, which brings back what is missing.
    pub run_again: BTreeSet<String>,
}
