//! Names in the store: runs, their iterations and nodes, and stages.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;

use clap_complete::engine::CompletionCandidate as Candidate;
use serl_pipeline::{RunRecord, Store};
use serl_stages::config::DEFAULT_STORE;
use serl_stages::registry::stage_names;

use super::words;
use crate::place::Place;
use crate::settings::project;

/// Most candidates that are offered: nobody reads more.
const MOST: usize = 500;

/// Runs, the most recent first.
pub fn runs(current: &OsStr) -> Vec<Candidate> {
    beginning(current, names())
}

/// Nodes of the run that is named, or of the most recent one, in the order in which they ran.
pub fn nodes(current: &OsStr) -> Vec<Candidate> {
    let run = words::option(&["--run"]).or_else(|| names().into_iter().next());
    beginning(
        current,
        run.and_then(|run| record(&run)).map(node_ids).unwrap_or_default(),
    )
}

/// Runs, and behind an `@` the iterations and nodes of a run.
pub fn sides(current: &OsStr) -> Vec<Candidate> {
    let text = current.to_string_lossy();
    let Some((run, _)) = text.split_once('@') else {
        return runs(current);
    };
    let ids = record(run).map(node_ids).unwrap_or_default();
    let iterations = ids
        .iter()
        .filter_map(|id| id.split_once('/'))
        .map(|(iteration, _)| iteration);
    let mut parts: Vec<String> = iterations.map(str::to_owned).collect();
    parts.dedup();
    parts.extend(ids.iter().cloned());
    beginning(current, parts.into_iter().map(|part| format!("{run}@{part}")).collect())
}

/// Stages.
pub fn stages(current: &OsStr) -> Vec<Candidate> {
    beginning(current, stage_names().map(str::to_owned).collect())
}

fn names() -> Vec<String> {
    store()
        .and_then(|store| store.run_names_latest_first().ok())
        .unwrap_or_default()
}

fn record(run: &str) -> Option<RunRecord> {
    store()?.run_record(run).ok()?
}

fn node_ids(record: RunRecord) -> Vec<String> {
    let mut ids: Vec<_> = record.nodes.into_keys().collect();
    ids.sort_by_cached_key(|id| Place::of(id).map(|place| place.order()));
    ids.iter().map(ToString::to_string).collect()
}

/// The store that the command would read.
fn store() -> Option<Store> {
    let named = words::option(&["--store"]).or_else(|| env::var("SERL_STORE").ok());
    let root = match named.filter(|named| !named.is_empty()) {
        Some(named) => PathBuf::from(named),
        None => project::store().ok()?.unwrap_or_else(|| DEFAULT_STORE.into()),
    };
    Store::glimpse(&root)
}

/// Those of `names` that begin with what was typed.
pub(super) fn beginning(current: &OsStr, names: Vec<String>) -> Vec<Candidate> {
    let typed = current.to_string_lossy();
    let begin = names.into_iter().filter(|name| name.starts_with(&*typed));
    begin
        .take(MOST)
        .enumerate()
        .map(|(at, name)| Candidate::new(name).display_order(Some(at)))
        .collect()
}
