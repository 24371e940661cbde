//! Follows the files of a run.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use serl_pipeline::{Live, NodeId, RunRecord, Store, live};
use serl_stages::{Evaluate, Stage};

use super::look::{Sources, look};
use super::snapshot::Snapshot;
use crate::events::{Ledger, NAME, Tail};
use crate::lookup::Archive;
use crate::report::findings::{self, Finding};
use crate::report::{StoredRun, outline};

/// Follows a run.
pub struct Watcher {
    store: Store,
    run: String,
    tail: Tail,
    ledger: Ledger,
    findings: Vec<Finding>,
    /// Complete nodes of which `findings` are.
    judged: Option<usize>,
}

impl Watcher {
    /// A watcher of run `run` of `store`.
    pub fn of(store: Store, run: &str) -> Self {
        let path = store.view_path(run).join(NAME);
        Self {
            store,
            run: run.to_owned(),
            tail: Tail::of(&path),
            ledger: Ledger::default(),
            findings: Vec::new(),
            judged: None,
        }
    }

    /// What counts of the run's stream, with what the store has of a run that has none.
    ///
    /// # Errors
    /// The stream cannot be read.
    pub fn ledger(&mut self) -> Result<&Ledger> {
        for entry in self.tail.read()? {
            self.ledger.take(entry);
        }
        if let Some(record) = self.record() {
            self.ledger.complete_from(&self.store, &record);
        }
        Ok(&self.ledger)
    }

    /// The run's record. One that cannot be read is being set aside by its run; the stream tells the same.
    fn record(&self) -> Option<RunRecord> {
        self.store.run_record(&self.run).ok().flatten()
    }

    /// The run as it is now.
    ///
    /// # Errors
    /// Its stream cannot be read, or the runs in progress cannot be listed.
    pub fn look(&mut self) -> Result<Snapshot> {
        self.ledger()?;
        let record = self.record();
        let live: Option<Live> = live(&self.store)?.into_iter().find(|live| live.run == self.run);
        let outline = self.outline(record.as_ref());
        self.judge(live.is_some());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(look(&Sources {
            run: &self.run,
            ledger: &self.ledger,
            outline: &outline,
            live: live.as_ref(),
            findings: &self.findings,
            now: now.as_secs_f64(),
        }))
    }

    /// The nodes that the run has when it is complete; those that are known, if its configuration is not.
    fn outline(&self, record: Option<&RunRecord>) -> Vec<NodeId> {
        if let Some(nodes) = record.and_then(|record| outline::of(&record.config)) {
            return nodes.into_iter().map(|node| node.id).collect();
        }
        match self.ledger.planned() {
            [] => self
                .ledger
                .complete()
                .map(|complete| complete.node.node.clone())
                .collect(),
            planned => planned.to_vec(),
        }
    }

    /// Finds out what the tables say, if there are more than before. That nothing was measured says nothing of a run
    /// that has just begun.
    fn judge(&mut self, runs: bool) {
        let complete = self.ledger.complete().count();
        let measured = self
            .ledger
            .complete()
            .any(|complete| complete.node.stage == Evaluate::NAME);
        if runs && !measured {
            return;
        }
        if self.judged == Some(complete) {
            return;
        }
        self.judged = Some(complete);
        let nodes: Vec<_> = self
            .ledger
            .complete()
            .map(|c| (c.node.node.clone(), c.node.key))
            .collect();
        let run = StoredRun::of(&self.store, &self.run, nodes.iter().map(|(id, key)| (id, key)));
        // Tables of a run that is at work may be dropped or rebuilt at this moment; the next look finds them.
        match run.and_then(|run| findings::of(&run)) {
            Ok(found) => self.findings = found,
            Err(_) => self.judged = None,
        }
    }
}

/// The store under `root` and the name of the run to watch: `name`, or the one in progress that began last, or the one
/// that was written last.
///
/// # Errors
/// There is no such run.
pub fn find(root: &Path, name: Option<&str>) -> Result<(Store, String)> {
    if Store::is_in(root) {
        let store = Store::open(root)?;
        // One that has just begun has no record yet.
        let mut running = live(&store)?;
        running.sort_by_key(|live| live.since);
        running.retain(|live| name.is_none_or(|name| live.run == name) && !live.run.is_empty());
        if let Some(live) = running.pop() {
            return Ok((store, live.run));
        }
    }
    let archive = Archive::open(root)?;
    let run = archive.run(name)?.name;
    Ok((archive.store, run))
}
