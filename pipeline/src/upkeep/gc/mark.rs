//! Finding garbage, removing nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serl_artifacts::Digest;
use serl_artifacts::owner::Life;
use serl_artifacts::temporary::{is_temporary, life};

use super::report::{Garbage, GcKind, GcOptions, GcReport, Tally};
use crate::error::PipelineError;
use crate::graph::NodeKey;
use crate::store::live::{Live, MARGIN, live};
use crate::store::{RunRecord, Store, entries, lock};
use crate::upkeep::{census, sweep};

/// Everything that nobody needs and that is old enough.
pub(super) fn garbage(store: &Store, options: &GcOptions) -> Result<GcReport, PipelineError> {
    let live = live(store)?;
    refuse_live_or_unknown(store, options, &live)?;
    let floor = SystemTime::now() - options.older_than;
    let oldest = live.iter().map(|live| live.since - MARGIN).min();
    let mut marker = Marker {
        store,
        floor: oldest.map_or(floor, |oldest| oldest.min(floor)),
        keys: BTreeSet::new(),
        at: BTreeSet::new(),
        objects: BTreeSet::new(),
        folders: BTreeSet::new(),
        report: GcReport {
            deleted: false,
            garbage: BTreeMap::new(),
            pieces: Vec::new(),
            young: Tally::default(),
            kept: Tally::default(),
            live,
        },
    };
    marker.roots(options)?;
    marker.manifests()?;
    marker.folders()?;
    marker.objects()?;
    marker.work()?;
    marker.rest(options)?;
    marker.report.pieces.sort();
    Ok(marker.report)
}

fn refuse_live_or_unknown(store: &Store, options: &GcOptions, live: &[Live]) -> Result<(), PipelineError> {
    for run in &options.drop_runs {
        let known = store.run_names()?;
        if !known.contains(run) {
            let run = run.clone();
            return Err(PipelineError::NoSuchRun { run, known });
        }
        if let Some(live) = live.iter().find(|live| live.run == *run) {
            return Err(PipelineError::RunIsLive {
                run: run.clone(),
                process: live.process.clone(),
            });
        }
    }
    Ok(())
}

struct Marker<'a> {
    store: &'a Store,
    /// What is younger stays.
    floor: SystemTime,
    /// Nodes that roots name.
    keys: BTreeSet<NodeKey>,
    /// Nodes that runs were at.
    at: BTreeSet<NodeKey>,
    /// Objects that kept manifests name.
    objects: BTreeSet<Digest>,
    /// Folders that kept manifests name as outputs.
    folders: BTreeSet<Digest>,
    report: GcReport,
}

impl Marker<'_> {
    fn roots(&mut self, options: &GcOptions) -> Result<(), PipelineError> {
        for name in self.store.run_names()? {
            if options.drop_runs.contains(&name) {
                self.take(GcKind::Record, self.store.record_path(&name));
                let view = self.store.view_path(&name);
                if view.exists() {
                    self.take(GcKind::View, view);
                }
                continue;
            }
            // One that cannot be read ends the collection: it is unknown what it needs.
            self.root(self.store.run_record(&name)?);
        }
        for name in self.store.pin_names()? {
            self.root(self.store.pin(&name)?);
        }
        for record in self.store.stray_records()? {
            self.root(Some(record));
        }
        Ok(())
    }

    fn root(&mut self, record: Option<RunRecord>) {
        if let Some(record) = record {
            self.keys.extend(record.nodes.values());
            self.at.extend(record.at.map(|at| at.key));
        }
    }

    fn manifests(&mut self) -> Result<(), PipelineError> {
        for key in self.store.manifest_keys()? {
            let path = self.store.manifest_path(&key);
            let is_root = self.keys.contains(&key);
            if !is_root && !self.is_young(&path) {
                self.take(GcKind::Manifest, path);
                continue;
            }
            match self.store.manifest(&key) {
                Err(error) if is_root => return Err(error),
                Ok(Some(manifest)) => {
                    let named = census::named_by(self.store.objects(), &manifest);
                    self.objects.extend(named);
                    self.folders.extend(census::folders(&manifest));
                    if !is_root {
                        self.report.young.add(census::measure(&path).0);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn folders(&mut self) -> Result<(), PipelineError> {
        for path in entries(&self.store.objects().trees_folder())? {
            if is_temporary(&path) {
                continue;
            }
            let name = path.file_name().and_then(|name| name.to_str());
            let digest = name.and_then(|name| name.parse::<Digest>().ok());
            if digest.is_some_and(|digest| !self.folders.contains(&digest)) {
                self.take_if_old(GcKind::Folder, path);
            }
        }
        Ok(())
    }

    fn objects(&mut self) -> Result<(), PipelineError> {
        let (found, _) = census::objects(self.store)?;
        for (digest, bytes) in found {
            if self.objects.contains(&digest) {
                self.report.kept.add(bytes);
            } else {
                self.take_if_old(GcKind::Object, self.store.objects().path(&digest));
            }
        }
        Ok(())
    }

    fn work(&mut self) -> Result<(), PipelineError> {
        for path in entries(&self.store.works())? {
            let name = path.file_name().and_then(|name| name.to_str());
            let Some(key) = name.and_then(|name| name.parse::<NodeKey>().ok()) else {
                continue;
            };
            if !self.at.contains(&key) && !lock::is_held(&self.store.lock_path(&key)) {
                self.take_if_old(GcKind::Work, path);
            }
        }
        Ok(())
    }

    fn rest(&mut self, options: &GcOptions) -> Result<(), PipelineError> {
        for path in sweep::temporaries(self.store)? {
            match life(&path) {
                // The age of what dead processes left does not matter.
                Life::Dead => self.take(GcKind::Temporary, path),
                Life::Unknown => self.take_if_old(GcKind::Temporary, path),
                Life::Living => {}
            }
        }
        if options.quarantine {
            for path in entries(&self.store.objects().quarantine_folder())? {
                self.take(GcKind::Quarantine, path);
            }
        }
        Ok(())
    }

    /// Whether anything in it was made or marked after the floor.
    fn is_young(&self, path: &Path) -> bool {
        census::measure(path).1.is_none_or(|youngest| youngest > self.floor)
    }

    fn take_if_old(&mut self, kind: GcKind, path: PathBuf) {
        if self.is_young(&path) {
            self.report.young.add(census::measure(&path).0);
        } else {
            self.take(kind, path);
        }
    }

    fn take(&mut self, kind: GcKind, path: PathBuf) {
        let bytes = census::measure(&path).0;
        self.report.garbage.entry(kind).or_default().add(bytes);
        self.report.pieces.push(Garbage { kind, path, bytes });
    }
}
