//! From a place in the view of a run back to what the run wrote there.

use std::path::Path;

use serl_artifacts::{ArtifactError, Digest, linked};

use super::Store;
use super::manifest::Output;
use crate::error::PipelineError;
use crate::graph::ArtifactKind;
use crate::id::NodeId;

/// An output of a run in a store.
pub struct Viewed {
    /// The store.
    pub store: Store,
    /// The run.
    pub run: String,
    /// The node that wrote it.
    pub node: NodeId,
    /// What it is.
    pub output: Output,
}

impl Viewed {
    /// The output whose place in a view is `path`, whether it is there or not; none if that is no such place.
    pub fn at(path: &Path) -> Option<Self> {
        let path = std::path::absolute(path).ok()?;
        // What is there may be found through links; of what is not, the spelling counts.
        let path = path.canonicalize().unwrap_or(path);
        let mut names = path.iter().rev().map(|name| name.to_str());
        let mut name = || names.next().flatten();
        let (output, stage, iteration, run) = (name()?, name()?, name()?, name()?);
        let root = path.ancestors().nth(5)?;
        if name()? != "runs" || !Store::is_in(root) {
            return None;
        }
        let store = Store::open(root).ok()?;
        let node = NodeId::new(format!("{iteration}/{stage}"));
        let record = store.run_record(run).ok()??;
        let manifest = store.manifest(record.nodes.get(&node)?).ok()??;
        Some(Self {
            output: manifest.outputs.get(output)?.clone(),
            run: run.to_owned(),
            node,
            store,
        })
    }
}

/// Refuses the files `names` of `dir` if a run wrote that folder and one of them is no longer what it wrote.
///
/// # Errors
/// [`ArtifactError::Damaged`], or a file cannot be read.
pub fn verify_output(dir: &Path, names: &[String]) -> Result<(), PipelineError> {
    linked::verify(dir, names)?;
    let Some(viewed) = Viewed::at(dir).filter(|viewed| viewed.output.kind == ArtifactKind::Tree) else {
        return Ok(());
    };
    let tree = viewed.store.objects().tree(&viewed.output.digest)?;
    for name in names {
        let path = dir.join(name);
        let Some(expected) = tree.files.get(name).map(|file| file.digest) else {
            continue;
        };
        let (found, _) = Digest::of_file(&path)?;
        if found != expected {
            return Err(ArtifactError::Damaged { path, expected, found }.into());
        }
    }
    Ok(())
}
