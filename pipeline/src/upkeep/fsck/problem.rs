//! What can be wrong with a store.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Serialize;
use serl_artifacts::Digest;

use crate::graph::NodeKey;

/// A problem.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// Its kind.
    #[serde(flatten)]
    pub fault: Fault,
    /// The file, folder or link.
    pub path: PathBuf,
    /// Runs that bring it back when they are run again.
    pub runs: BTreeSet<String>,
    /// Whether it was mended, as far as possible without running anything.
    pub mended: bool,
}

/// What is wrong with a file, folder or link.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// An object whose content is not what its name says.
    DamagedObject {
        /// Its name.
        digest: Digest,
    },
    /// A file or folder that is none of the store's.
    StrangeFile,
    /// A manifest that cannot be read, or is not the one its name says.
    BadManifest {
        /// Its name.
        key: NodeKey,
        /// What is wrong.
        reason: String,
    },
    /// A manifest in `quarantine/` with the name of an output that leads out of the store: no accident makes one.
    ForgedManifest {
        /// The name.
        output: String,
    },
    /// A manifest that names an output that is missing or damaged.
    IncompleteNode {
        /// The node's key.
        key: NodeKey,
        /// Its stage.
        stage: String,
        /// The output.
        output: String,
    },
    /// A run's record, or a pin, that cannot be read.
    BadRecord {
        /// What is wrong.
        reason: String,
    },
    /// A run's record that names a node without a manifest.
    MissingNode {
        /// The node's name in the run.
        node: String,
    },
    /// A checked-out folder that does not lead to what it should.
    BadFolder,
    /// A copy in the human-readable view that differs from what the run wrote.
    BadCopy,
    /// A link of the human-readable view that leads nowhere.
    DanglingLink,
    /// A file that a dead process was writing.
    StaleTemporary,
    /// Saved work of a node that is complete.
    LeftoverWork,
}

impl Problem {
    pub(super) fn new(fault: Fault, path: PathBuf) -> Self {
        Self {
            fault,
            path,
            runs: BTreeSet::new(),
            mended: false,
        }
    }

    /// What is wrong, in a few words.
    pub fn what(&self) -> String {
        match &self.fault {
            Fault::DamagedObject { .. } => "damaged object".to_owned(),
            Fault::StrangeFile => "not a file of the store".to_owned(),
            Fault::BadManifest { reason, .. } => format!("unreadable manifest ({reason})"),
            Fault::ForgedManifest { output } => {
                format!("someone made output `{}` lead out of the store", output.escape_debug())
            }
            Fault::IncompleteNode { stage, output, .. } => {
                format!("output {output} of a node of {stage} is missing or damaged")
            }
            Fault::BadRecord { reason } => format!("unreadable record ({reason})"),
            Fault::MissingNode { node } => format!("node {node} of the run has no manifest"),
            Fault::BadFolder => "checked-out folder is damaged".to_owned(),
            Fault::BadCopy => "copy differs from what the run wrote".to_owned(),
            Fault::DanglingLink => "link leads nowhere".to_owned(),
            Fault::StaleTemporary => "half-written file of a dead process".to_owned(),
            Fault::LeftoverWork => "saved work of a complete node".to_owned(),
        }
    }

    /// What was done about it, or is to be done.
    pub fn remedy(&self) -> &'static str {
        match (&self.fault, self.mended) {
            (Fault::MissingNode { .. }, _) => "run it again",
            (Fault::ForgedManifest { .. }, _) => "find out who, then gc --quarantine --delete",
            (Fault::IncompleteNode { .. }, _) if !self.runs.is_empty() => "run it again",
            (
                Fault::DamagedObject { .. }
                | Fault::StrangeFile
                | Fault::BadManifest { .. }
                | Fault::IncompleteNode { .. }
                | Fault::BadRecord { .. },
                true,
            ) => "moved to quarantine/",
            (_, true) => "removed",
            (_, false) => "--repair",
        }
    }
}
