//! The outputs of a node, and where they are.

use std::path::PathBuf;

use serde::Serialize;
use serl_pipeline::{ArtifactKind, Manifest, NodeId, Output};

use super::subject::{DIGITS, Subject};
use crate::dropped;
use crate::lookup::Archive;
use crate::report::show::or_dash;

#[derive(Serialize)]
pub(super) struct OutputRow {
    name: String,
    digest: String,
    rows: Option<u64>,
    bytes: u64,
    /// `None` if it was dropped.
    path: Option<PathBuf>,
    dropped: bool,
    #[serde(skip)]
    node: Option<NodeId>,
}

/// The outputs, with their paths in the run's view if a run has the node, else in the store.
pub(super) fn rows(archive: &Archive, subject: &Subject, manifest: &Manifest) -> Vec<OutputRow> {
    let view = subject
        .claim
        .as_ref()
        .map(|(record, id)| archive.store.view_path(&record.name).join(id.as_str()));
    let objects = archive.store.objects();
    let row = |(name, output): (&String, &Output)| {
        let path = match (&view, output.kind) {
            (Some(view), _) => view.join(name),
            (None, ArtifactKind::Blob) => objects.path(&output.digest),
            (None, ArtifactKind::Tree) => objects.checkout_path(&output.digest),
        };
        OutputRow {
            name: name.clone(),
            digest: output.digest.to_string(),
            rows: output.rows,
            bytes: output.bytes,
            path: (!output.dropped).then_some(path),
            dropped: output.dropped,
            node: subject.claim.as_ref().map(|(_, id)| id.clone()),
        }
    };
    manifest.outputs.iter().map(row).collect()
}

impl OutputRow {
    pub(super) fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.digest[..DIGITS].to_owned(),
            or_dash(self.rows, |n| n.to_string()),
            self.bytes.to_string(),
            match &self.path {
                Some(path) => path.display().to_string(),
                None => "dropped (execution.keep_policies)".to_owned(),
            },
        ]
    }

    /// How a dropped output comes back, if its node is one of a run.
    pub(super) fn way_back(&self) -> Option<String> {
        let node = self.node.as_ref().filter(|_| self.dropped)?;
        Some(dropped::way_back(node))
    }
}
