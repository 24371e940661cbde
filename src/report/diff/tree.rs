//! The files of two folders.

use std::collections::BTreeSet;

use serde::Serialize;
use serl_artifacts::{Tree, TreeFile};

/// Folders with different content.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TreeDifference {
    /// The node and its output.
    pub output: String,
    /// Files that are the same.
    pub same: usize,
    /// Files that differ.
    pub files: Vec<FileChange>,
}

/// A file that differs between the sides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileChange {
    /// Its name within the folder.
    pub name: String,
    /// The one side's, if it has it.
    pub a: Option<TreeFile>,
    /// The other side's.
    pub b: Option<TreeFile>,
}

pub(super) fn compare(output: String, a: &Tree, b: &Tree) -> TreeDifference {
    let names: BTreeSet<&String> = a.files.keys().chain(b.files.keys()).collect();
    let all = names.len();
    let file = |name: &String| FileChange {
        name: name.clone(),
        a: a.files.get(name).copied(),
        b: b.files.get(name).copied(),
    };
    let files: Vec<FileChange> = names.into_iter().map(file).filter(|file| file.a != file.b).collect();
    TreeDifference {
        output,
        same: all - files.len(),
        files,
    }
}
