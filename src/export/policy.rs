//! The policy of a run that is exported.

use std::path::PathBuf;

use anyhow::Result;
use serl_artifacts::{Tree, linked};
use serl_lm::{Exported, Folder, LmError, SaveDtype};
use serl_pipeline::NodeId;
use serl_stages::{Stage, Train};

use crate::dropped;
use crate::failure::Mistake;
use crate::lookup::Archive;
use crate::report::{StoredNode, StoredRun};

/// A policy in a store.
pub struct Trained {
    /// The node that trained it.
    pub node: StoredNode,
    /// Its files with their digests.
    pub tree: Tree,
    folder: PathBuf,
}

impl Trained {
    /// The policy `part` of a run: that of an iteration (`2`), of a node (`2/train.0`), or the last one.
    ///
    /// # Errors
    /// There is no such policy, it was dropped, or its files are not all there.
    pub fn find(archive: &Archive, run: &StoredRun, part: Option<&str>) -> Result<Self> {
        let trained: Vec<&StoredNode> = run.nodes_of(Train::NAME).collect();
        let is_meant = |node: &&&StoredNode| match part {
            None => true,
            Some(part) => node.place.iteration.to_string() == part || node.place.to_string() == part,
        };
        let Some(node) = trained.iter().rfind(is_meant).copied() else {
            return Err(absent(run, part, &trained).into());
        };
        let policy = node.manifest().outputs.get(Train::POLICY.name);
        let Some(policy) = policy.filter(|policy| !policy.dropped) else {
            let id = NodeId::new(node.place.to_string());
            return Err(dropped::told(Train::POLICY.name, &id, run.name()).into());
        };
        let objects = archive.store.objects();
        Ok(Self {
            tree: objects.tree(&policy.digest)?,
            folder: objects.checkout(&policy.digest)?,
            node: node.clone(),
        })
    }

    /// Writes it to the existing folder `out`.
    ///
    /// # Errors
    /// A damaged file, a weight that `dtype` does not have, or a file that cannot be written.
    pub fn export(&self, out: &std::path::Path, dtype: SaveDtype, shard_bytes: u64) -> Result<Exported> {
        let digests = self
            .tree
            .files
            .iter()
            .map(|(name, file)| (name.clone(), *file.digest.as_bytes()));
        let folder = Folder::with_digests(&self.folder, digests);
        match serl_lm::export(folder, out, dtype, shard_bytes) {
            Err(error @ LmError::Changed { .. }) => {
                // Says which object of the store it is, and how to mend that.
                let names: Vec<String> = self.tree.files.keys().cloned().collect();
                linked::verify(&self.folder, &names)?;
                Err(error.into())
            }
            exported => Ok(exported?),
        }
    }
}

fn absent(run: &StoredRun, part: Option<&str>, trained: &[&StoredNode]) -> Mistake {
    let run = run.name();
    let mut places: Vec<String> = trained.iter().map(|node| node.place.iteration.to_string()).collect();
    places.dedup();
    match (part, places.as_slice()) {
        (_, []) => Mistake::new(
            format!("run `{run}` has not trained a policy yet"),
            "`serl run` continues it; `serl watch` shows how far it is",
        ),
        (Some("0"), _) => Mistake::new(
            "iteration 0 is the policy that the run began with",
            "it is in the folder `model.path` of the run's configuration",
        ),
        (part, places) => Mistake::new(
            format!("run `{run}` has no policy of `{}`", part.unwrap_or_default()),
            format!(
                "it has those of the iterations {}; name one as in `{run}@{}`",
                places.join(", "),
                places[places.len() - 1]
            ),
        ),
    }
}
