//! The runs of a store: how far each is, and how much it keeps.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serl_artifacts::Digest;

use super::census;
use crate::error::PipelineError;
use crate::store::{Live, Manifest, Process, Progress, RunRecord, Store, live};

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RunState {
    /// Every node of its graph is complete.
    Complete,
    /// What was asked for is complete, and the graph has more, or has nodes that are stale.
    Partial,
    /// It ended at this node, for whatever reason; the same command continues from there.
    Interrupted {
        /// The node.
        node: String,
    },
    /// It is in progress.
    Running {
        /// The process.
        #[serde(flatten)]
        process: Process,
        /// The node that it is at.
        node: Option<String>,
    },
    /// Its record cannot be read.
    Unreadable,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunUsage {
    /// Its name.
    pub name: String,
    /// How far it is.
    #[serde(flatten)]
    pub state: RunState,
    /// Nodes that are complete.
    pub nodes: usize,
    /// Of these, nodes of other settings than those it was last run with.
    pub stale: usize,
    /// How much of its graph is complete.
    pub progress: Progress,
    /// Bytes of objects that no other run needs.
    pub own_bytes: u64,
    /// Bytes of objects that other runs need, too.
    pub shared_bytes: u64,
    /// When it last made progress, in seconds since 1970.
    pub last_activity_unix: u64,
    /// Outputs that were dropped on purpose (see [`crate::Retention`]).
    pub dropped: usize,
    /// Whether a pin keeps its nodes.
    pub pinned: bool,
}

/// All runs of the store, the one that made progress last first. One that has just begun and has no record yet is left
/// out.
///
/// # Errors
/// A folder cannot be listed.
pub fn runs(store: &Store) -> Result<Vec<RunUsage>, PipelineError> {
    let live = live(store)?;
    let pins = store.pin_names()?;
    let names = store.run_names()?;
    let record = |name: &String| store.run_record(name).ok().flatten();
    let records: Vec<Option<RunRecord>> = names.iter().map(record).collect();
    let needs: Vec<BTreeSet<Digest>> = records.iter().map(|r| needed(store, r.as_ref())).collect();
    let mut users: BTreeMap<Digest, usize> = BTreeMap::new();
    for digest in needs.iter().flatten() {
        *users.entry(*digest).or_default() += 1;
    }
    let usage = |((name, record), needs): ((String, Option<RunRecord>), BTreeSet<Digest>)| {
        let bytes = |own: bool| {
            let wanted = needs.iter().filter(|digest| (users[digest] == 1) == own);
            wanted.filter_map(|digest| store.objects().size(digest)).sum()
        };
        let live = live.iter().find(|live| live.run == name);
        RunUsage {
            state: state(record.as_ref(), live),
            nodes: record.as_ref().map_or(0, |record| record.nodes.len()),
            stale: record.as_ref().map_or(0, |record| record.stale.len()),
            dropped: dropped(store, record.as_ref()),
            progress: record.map(|record| record.progress).unwrap_or_default(),
            own_bytes: bytes(true),
            shared_bytes: bytes(false),
            last_activity_unix: last_activity(store, &name),
            pinned: pins.contains(&name),
            name,
        }
    };
    let mut found: Vec<RunUsage> = names.into_iter().zip(records).zip(needs).map(usage).collect();
    found.sort_by_key(|run| std::cmp::Reverse(run.last_activity_unix));
    Ok(found)
}

fn state(record: Option<&RunRecord>, live: Option<&Live>) -> RunState {
    let Some(record) = record else {
        return RunState::Unreadable;
    };
    let at = record.at.as_ref().map(|at| at.node.to_string());
    match (live, at) {
        (Some(live), node) => RunState::Running {
            process: live.process.clone(),
            node,
        },
        (None, Some(node)) => RunState::Interrupted { node },
        (None, None) if record.nodes.len() < record.progress.nodes || !record.stale.is_empty() => RunState::Partial,
        (None, None) => RunState::Complete,
    }
}

/// Manifests of a run's nodes, as far as they can be read.
fn manifests(store: &Store, record: Option<&RunRecord>) -> impl Iterator<Item = Manifest> {
    let keys = record.into_iter().flat_map(|record| record.nodes.values());
    keys.filter_map(|key| store.manifest(key).ok().flatten())
}

fn needed(store: &Store, record: Option<&RunRecord>) -> BTreeSet<Digest> {
    manifests(store, record)
        .flat_map(|manifest| census::named_by(store.objects(), &manifest))
        .collect()
}

fn dropped(store: &Store, record: Option<&RunRecord>) -> usize {
    let count = |manifest: Manifest| manifest.outputs.values().filter(|o| o.dropped).count();
    manifests(store, record).map(count).sum()
}

fn last_activity(store: &Store, name: &str) -> u64 {
    let record = std::fs::metadata(store.record_path(name)).and_then(|meta| meta.modified());
    let at = store.run_record(name).ok().flatten().and_then(|record| record.at);
    let work = at.and_then(|at| census::measure(&store.work_path(&at.key)).1);
    record
        .ok()
        .max(work)
        .and_then(|time: SystemTime| time.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |since| since.as_secs())
}
