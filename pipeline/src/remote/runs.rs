//! Whole runs: sent, and brought here.

use std::collections::BTreeMap;

use serde::Serialize;
use serl_remote::Link;

use super::fetch::{Fetched, fetch};
use super::manifests::{self, Stored, read};
use super::objects::Arrival;
use super::publish::{Published, publish};
use super::{keys, objects};
use crate::cancel::CancelFlag;
use crate::error::PipelineError;
use crate::graph::NodeKey;
use crate::id::NodeId;
use crate::store::{PIN, RECORD, RunRecord, Store, check_name, commit, encode, write_json};

/// How far a transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer<'a> {
    /// The run.
    pub run: &'a str,
    /// Nodes done.
    pub done: usize,
    /// Nodes in all.
    pub nodes: usize,
    /// Bytes so far, of all runs.
    pub bytes: u64,
}

/// What [`push`] has done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PushReport {
    /// Runs that the remote has now, with all their nodes.
    pub runs: Vec<String>,
    /// Nodes that the remote has now.
    pub nodes: usize,
    /// Bytes of objects that were transferred.
    pub bytes: u64,
    /// Nodes by run of which the remote has other outputs, which another machine wrote first.
    pub differing: BTreeMap<String, Vec<NodeId>>,
    /// Nodes by run of which the store does not have all.
    pub lacking: BTreeMap<String, Vec<NodeId>>,
}

/// What [`pull`] has done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PullReport {
    /// Runs that the store has now, with all their nodes.
    pub runs: Vec<String>,
    /// Nodes that the store has now.
    pub nodes: usize,
    /// Bytes of objects that were transferred.
    pub bytes: u64,
    /// Nodes by run of which the remote does not have all.
    pub lacking: BTreeMap<String, Vec<NodeId>>,
}

/// Names of the runs in the remote.
///
/// # Errors
/// The remote cannot be reached.
pub fn remote_runs(link: &Link) -> Result<Vec<String>, PipelineError> {
    let listed = link.remote().list(keys::RECORDS)?;
    let names = listed.iter().filter_map(|entry| keys::stem(&entry.key, keys::RECORDS));
    let mut names: Vec<String> = names
        .filter(|name| check_name(name, "a run").is_ok())
        .map(str::to_owned)
        .collect();
    names.sort_unstable();
    Ok(names)
}

/// Sends the runs `names`: what their records name, then the records, and their pins. A run with a node that another
/// machine has computed with other outputs is not claimed in the remote: running it again takes those over.
///
/// # Errors
/// There is no such run, the remote cannot be reached, or `cancel` is raised.
pub fn push(
    store: &Store,
    link: &Link,
    names: &[String],
    cancel: &CancelFlag,
    tell: &dyn Fn(Transfer<'_>),
) -> Result<PushReport, PipelineError> {
    let mut report = PushReport::default();
    for name in names {
        let record = store.run_record(name)?.ok_or_else(|| PipelineError::NoSuchRun {
            run: name.clone(),
            known: store.run_names().unwrap_or_default(),
        })?;
        for (done, (id, key)) in record.nodes.iter().enumerate() {
            refuse_cancelled(cancel)?;
            tell(transfer(name, done, &record, report.bytes));
            match send_node(store, link, key)? {
                Published::There(bytes) => {
                    report.nodes += 1;
                    report.bytes += bytes;
                }
                Published::Lost(..) => report.differing.entry(name.clone()).or_default().push(id.clone()),
                Published::Lacking => report.lacking.entry(name.clone()).or_default().push(id.clone()),
            }
        }
        tell(transfer(name, record.nodes.len(), &record, report.bytes));
        if report.differing.contains_key(name) || report.lacking.contains_key(name) {
            continue;
        }
        send_record(store, link, name)?;
        report.runs.push(name.clone());
    }
    Ok(report)
}

fn send_node(store: &Store, link: &Link, key: &NodeKey) -> Result<Published, PipelineError> {
    match store.manifest(key) {
        Ok(Some(manifest)) => publish(store, link, &manifest, None),
        Ok(None) | Err(PipelineError::Json { .. }) => Ok(Published::Lacking),
        Err(error) => Err(error),
    }
}

/// Sends the record of a run, and its pin if there is one. What they name must be there already.
///
/// # Errors
/// The remote cannot be reached.
pub(crate) fn send_record(store: &Store, link: &Link, name: &str) -> Result<(), PipelineError> {
    let send = |key: &str, what, record: &RunRecord| {
        let file = encode(&keys::place(link.remote(), key), what, record)?;
        Ok::<_, PipelineError>(link.remote().put(key, &file)?)
    };
    if let Some(record) = store.run_record(name)? {
        send(&keys::record(name), RECORD, &record)?;
    }
    if let Some(pin) = store.pin(name)? {
        send(&keys::pin(name), PIN, &pin)?;
    }
    Ok(())
}

/// Brings the runs `names` here: what their records name, then the records. The store keeps what it has.
///
/// # Errors
/// The remote has no such run, the store has another one of that name, the remote cannot be reached or the store not
/// written to, or `cancel` is raised.
pub fn pull(
    store: &Store,
    link: &Link,
    names: &[String],
    cancel: &CancelFlag,
    tell: &dyn Fn(Transfer<'_>),
) -> Result<PullReport, PipelineError> {
    let mut store = store.clone();
    let mut report = PullReport::default();
    for name in names {
        check_name(name, "a run")?;
        let found = read::<RunRecord>(link, &keys::record(name), RECORD)?;
        let record = found.ok_or_else(|| PipelineError::NoSuchRemoteRun {
            run: name.clone(),
            place: link.remote().place().to_owned(),
            known: remote_runs(link).unwrap_or_default(),
        })?;
        refuse_another(&store, name, &record)?;
        // What is brought here belongs to no run yet.
        store.announce(name)?;
        for (done, (id, key)) in record.nodes.iter().enumerate() {
            refuse_cancelled(cancel)?;
            tell(transfer(name, done, &record, report.bytes));
            match bring_node(&store, link, key)? {
                Fetched::Complete(bytes) => {
                    report.nodes += 1;
                    report.bytes += bytes;
                }
                Fetched::Incomplete => report.lacking.entry(name.clone()).or_default().push(id.clone()),
            }
        }
        tell(transfer(name, record.nodes.len(), &record, report.bytes));
        if report.lacking.contains_key(name) {
            continue;
        }
        write_json(&store.record_path(name), RECORD, &RunRecord { at: None, ..record })?;
        report.runs.push(name.clone());
    }
    Ok(report)
}

/// A run of another machine must not take the place of one of this.
fn refuse_another(store: &Store, name: &str, theirs: &RunRecord) -> Result<(), PipelineError> {
    let ours = match store.run_record(name) {
        Err(PipelineError::Json { .. }) => None,
        ours => ours?,
    };
    let is_part = |ours: RunRecord| ours.nodes.iter().all(|(id, key)| theirs.nodes.get(id) == Some(key));
    match ours.is_none_or(is_part) {
        true => Ok(()),
        false => Err(PipelineError::AnotherRun { run: name.to_owned() }),
    }
}

fn bring_node(store: &Store, link: &Link, key: &NodeKey) -> Result<Fetched, PipelineError> {
    let Stored::There(theirs, _) = manifests::look_up(link, key)? else {
        return Ok(Fetched::Incomplete);
    };
    let Fetched::Complete(mut bytes) = fetch(store, link, &theirs)? else {
        return Ok(Fetched::Incomplete);
    };
    commit::sweep_leftovers(store, key)?;
    // What the run imported; models that it read are not in the remote.
    for digest in theirs.material.inputs.values() {
        if let Arrival::Here(more) = objects::fetch(store, link, digest)? {
            bytes += more;
        }
    }
    Ok(Fetched::Complete(bytes))
}

fn transfer<'a>(run: &'a str, done: usize, record: &RunRecord, bytes: u64) -> Transfer<'a> {
    Transfer {
        run,
        done,
        nodes: record.nodes.len(),
        bytes,
    }
}

fn refuse_cancelled(cancel: &CancelFlag) -> Result<(), PipelineError> {
    match cancel.is_cancelled() {
        true => Err(PipelineError::Interrupted),
        false => Ok(()),
    }
}
