//! Checking everything in a store, changing nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use serl_artifacts::temporary::is_abandoned;
use serl_artifacts::{ArtifactError, Digest};

use super::problem::{Fault, Problem};
use super::report::Counts;
use super::{copies, forged};
use crate::error::PipelineError;
use crate::graph::{ArtifactKind, NodeKey};
use crate::store::{Manifest, Output, RunRecord, Store, entries, lock};
use crate::upkeep::{census, sweep};

/// Everything that a check found, before it is mended.
pub(super) struct Findings {
    pub(super) counts: Counts,
    pub(super) problems: Vec<Problem>,
}

/// Records and pins that can be read, by name.
type Records = BTreeMap<String, RunRecord>;

/// Everything, each kind of thing after those it depends on.
pub(super) fn everything(store: &Store, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<Findings, PipelineError> {
    let mut check = Check {
        store,
        counts: Counts::default(),
        problems: Vec::new(),
        bad: BTreeSet::new(),
        good: BTreeMap::new(),
        dropped: BTreeSet::new(),
        records: Records::new(),
    };
    check.objects(progress)?;
    check.records()?;
    check.manifests()?;
    check.nodes_of_runs()?;
    check.folders()?;
    check.links(&store.views())?;
    for (path, output) in forged::manifests(store)? {
        check.note(Fault::ForgedManifest { output }, path);
    }
    for (path, run) in copies::bad(store, &check.records, &check.good) {
        check.note(Fault::BadCopy, path).runs.insert(run);
    }
    check.leftovers()?;
    check.problems.sort();
    Ok(Findings {
        counts: check.counts,
        problems: check.problems,
    })
}

struct Check<'a> {
    store: &'a Store,
    counts: Counts,
    problems: Vec<Problem>,
    /// Damaged objects.
    bad: BTreeSet<Digest>,
    /// Nodes whose manifest can be read and whose outputs are whole.
    good: BTreeMap<NodeKey, Manifest>,
    /// Folders that were dropped on purpose. What is left of one is garbage, not damage.
    dropped: BTreeSet<Digest>,
    records: Records,
}

impl Check<'_> {
    fn note(&mut self, fault: Fault, path: PathBuf) -> &mut Problem {
        self.problems.push(Problem::new(fault, path));
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }

    fn objects(&mut self, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<(), PipelineError> {
        let (found, strange) = census::objects(self.store)?;
        let total = found.values().sum();
        let done = AtomicU64::new(0);
        let objects = self.store.objects();
        let bad: Vec<Digest> = found
            .par_iter()
            .filter_map(|(digest, bytes)| {
                let result = objects.verify(digest);
                let before = done.fetch_add(*bytes, Ordering::Relaxed);
                progress(before + bytes, total);
                match result {
                    // Someone set it aside meanwhile; whether it is missed is seen at the nodes.
                    Ok(()) | Err(ArtifactError::Missing { .. }) => None,
                    Err(_) => Some(*digest),
                }
            })
            .collect();
        self.counts.objects = found.len();
        self.counts.bytes = total;
        for digest in &bad {
            self.note(Fault::DamagedObject { digest: *digest }, objects.path(digest));
        }
        for path in strange.into_iter().chain(self.store.strays()?) {
            self.note(Fault::StrangeFile, path);
        }
        self.bad = bad.into_iter().collect();
        Ok(())
    }

    fn records(&mut self) -> Result<(), PipelineError> {
        let store = self.store;
        for name in store.run_names()? {
            match store.run_record(&name) {
                Ok(record) => self.records.extend(record.map(|record| (name, record))),
                Err(error) => {
                    let problem = self.note(bad_record(&error), store.record_path(&name));
                    problem.runs.insert(name);
                }
            }
            self.counts.records += 1;
        }
        for name in store.pin_names()? {
            if let Err(error) = store.pin(&name) {
                self.note(bad_record(&error), store.pin_path(&name));
            }
            self.counts.records += 1;
        }
        Ok(())
    }

    fn manifests(&mut self) -> Result<(), PipelineError> {
        let store = self.store;
        let runs = census::runs_by_key(&self.records);
        for key in store.manifest_keys()? {
            self.counts.manifests += 1;
            let runs = runs.get(&key).cloned().unwrap_or_default();
            let path = store.manifest_path(&key);
            match store.manifest(&key) {
                Ok(None) => {}
                Err(error) => {
                    let reason = reason(&error);
                    self.note(Fault::BadManifest { key, reason }, path).runs = runs;
                }
                Ok(Some(manifest)) => {
                    // A damaged input comes back with the run that imported it.
                    let inputs = manifest.material.inputs.values().copied().collect();
                    self.blame(&inputs, &runs);
                    let dropped = manifest.outputs.values().filter(|output| output.dropped);
                    self.dropped.extend(dropped.map(|output| output.digest));
                    match self.first_bad_output(&manifest) {
                        None => drop(self.good.insert(key, manifest)),
                        Some(output) => {
                            let stage = manifest.material.stage.clone();
                            let fault = Fault::IncompleteNode { key, stage, output };
                            self.note(fault, path).runs = runs.clone();
                            self.blame(&census::named_by(store.objects(), &manifest), &runs);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Names the runs that bring damaged objects back.
    fn blame(&mut self, named: &BTreeSet<Digest>, runs: &BTreeSet<String>) {
        for problem in &mut self.problems {
            if let Fault::DamagedObject { digest } = &problem.fault
                && named.contains(digest)
            {
                problem.runs.extend(runs.iter().cloned());
            }
        }
    }

    fn first_bad_output(&self, manifest: &Manifest) -> Option<String> {
        let bad = |(_, output): &(&String, &Output)| !output.dropped && !self.is_whole(output);
        manifest.outputs.iter().find(bad).map(|(name, _)| name.clone())
    }

    fn is_whole(&self, output: &Output) -> bool {
        let objects = self.store.objects();
        let whole = |digest: &Digest, bytes: u64| !self.bad.contains(digest) && objects.size(digest) == Some(bytes);
        match output.kind {
            ArtifactKind::Blob => whole(&output.digest, output.bytes),
            ArtifactKind::Tree => objects.tree(&output.digest).is_ok_and(|tree| {
                tree.bytes() == output.bytes && tree.files.values().all(|file| whole(&file.digest, file.bytes))
            }),
        }
    }

    fn nodes_of_runs(&mut self) -> Result<(), PipelineError> {
        let has_manifest: BTreeSet<NodeKey> = self.store.manifest_keys()?.into_iter().collect();
        for (name, record) in self.records.clone() {
            for (node, _) in record.nodes.iter().filter(|(_, key)| !has_manifest.contains(key)) {
                let fault = Fault::MissingNode { node: node.to_string() };
                let problem = self.note(fault, self.store.record_path(&name));
                problem.runs.insert(name.clone());
            }
        }
        Ok(())
    }

    fn folders(&mut self) -> Result<(), PipelineError> {
        let objects = self.store.objects();
        let kept: BTreeSet<Digest> = self.good.values().flat_map(census::folders).collect();
        for path in entries(&self.store.objects().trees_folder())? {
            if serl_artifacts::temporary::is_temporary(&path) {
                continue;
            }
            let name = path.file_name().and_then(|name| name.to_str());
            let digest = name.and_then(|name| name.parse::<Digest>().ok());
            if digest.is_none() {
                continue;
            }
            self.counts.folders += 1;
            let garbage = |digest| self.dropped.contains(digest) && !kept.contains(digest);
            if digest.as_ref().is_some_and(garbage) {
                continue;
            }
            let whole = digest.is_some_and(|digest| {
                let tree = objects.tree(&digest);
                tree.is_ok_and(|tree| objects.is_checked_out_whole(&digest, &tree))
            });
            if !whole {
                self.note(Fault::BadFolder, path);
            }
        }
        Ok(())
    }

    fn links(&mut self, dir: &Path) -> Result<(), PipelineError> {
        for path in entries(dir)? {
            if serl_artifacts::temporary::is_temporary(&path) {
                continue;
            }
            if !path.is_symlink() {
                if path.is_dir() {
                    self.links(&path)?;
                }
                continue;
            }
            self.counts.links += 1;
            if !path.exists() {
                let run = run_of_link(self.store, &path);
                let known = run.filter(|run| self.records.contains_key(run));
                self.note(Fault::DanglingLink, path).runs.extend(known);
            }
        }
        Ok(())
    }

    fn leftovers(&mut self) -> Result<(), PipelineError> {
        for path in sweep::temporaries(self.store)? {
            if is_abandoned(&path) {
                self.note(Fault::StaleTemporary, path);
            }
        }
        for path in entries(&self.store.works())? {
            let name = path.file_name().and_then(|name| name.to_str());
            let Some(key) = name.and_then(|name| name.parse::<NodeKey>().ok()) else {
                continue;
            };
            if self.good.contains_key(&key) && !lock::is_held(&self.store.lock_path(&key)) {
                self.note(Fault::LeftoverWork, path);
            }
        }
        Ok(())
    }
}

/// The run whose view a link belongs to.
fn run_of_link(store: &Store, link: &Path) -> Option<String> {
    let inside = link.strip_prefix(store.views()).ok()?;
    Some(inside.iter().next()?.to_str()?.to_owned())
}

fn bad_record(error: &PipelineError) -> Fault {
    Fault::BadRecord { reason: reason(error) }
}

fn reason(error: &PipelineError) -> String {
    match error {
        PipelineError::Json { reason, .. } => reason.clone(),
        other => other.to_string(),
    }
}
