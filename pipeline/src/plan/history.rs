//! What ran before: the node that another one is compared with, to say why it runs.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use serl_artifacts::Digest;

use crate::error::PipelineError;
use crate::graph::{NodeKey, NodeSpec};
use crate::id::NodeId;
use crate::reason::{Because, Reason, changes};
use crate::store::{Manifest, RunRecord, Store};

/// The nodes that a run, and failing that the whole store, had before.
#[derive(Debug)]
pub(crate) struct History<'s> {
    store: &'s Store,
    run: String,
    /// The run's nodes as its record had them when this was opened: a run overwrites them as it goes on.
    recorded: BTreeMap<NodeId, NodeKey>,
    others: OnceCell<Vec<(NodeId, Manifest)>>,
}

impl<'s> History<'s> {
    /// What the store knows before the run `run` continues. A damaged record is skipped; running sets it aside.
    ///
    /// # Errors
    /// The name cannot be a run's, or the system refuses to read its record.
    pub(crate) fn open(store: &'s Store, run: &str) -> Result<Self, PipelineError> {
        let record = match store.run_record(run) {
            Err(PipelineError::Json { .. }) => None,
            other => other?,
        };
        Ok(Self::after(store, run, record.as_ref()))
    }

    /// As [`History::open`] with the record read already.
    pub(crate) fn after(store: &'s Store, run: &str, record: Option<&RunRecord>) -> Self {
        Self {
            store,
            run: run.to_owned(),
            recorded: record.map(|record| record.nodes.clone()).unwrap_or_default(),
            others: OnceCell::new(),
        }
    }

    /// Why `node` runs: `found` is the result of looking it up, `inputs` are the known digests of its inputs.
    pub(crate) fn because(
        &self,
        node: &NodeSpec,
        key: Option<&NodeKey>,
        found: Reason,
        inputs: &BTreeMap<String, Option<Digest>>,
    ) -> Because {
        let because = |compared, reasons| Because {
            run: self.run.clone(),
            node: node.id.clone(),
            compared,
            reasons,
        };
        if !matches!(found, Reason::NeverRan | Reason::UpstreamWillRun { .. }) {
            return because(key.copied(), vec![found]);
        }
        if key.is_some() && self.recorded.get(&node.id) == key {
            return because(None, vec![Reason::ManifestMissing]);
        }
        let Some((partner, mut reasons)) = self.partner(node, inputs) else {
            return because(None, vec![found]);
        };
        if reasons.is_empty() || matches!(found, Reason::UpstreamWillRun { .. }) {
            reasons.push(found);
        }
        because(Some(partner), reasons)
    }

    /// The node to compare with, and the differences: the run's own of that id, else the one most like it that any run
    /// had under that id.
    fn partner(&self, node: &NodeSpec, inputs: &BTreeMap<String, Option<Digest>>) -> Option<(NodeKey, Vec<Reason>)> {
        let compared = |manifest: &Manifest| {
            let reasons = changes(&manifest.material, node, inputs);
            (manifest.key, reasons)
        };
        let recorded = self.recorded.get(&node.id);
        if let Some(manifest) = recorded.and_then(|key| self.store.manifest(key).ok().flatten()) {
            return Some(compared(&manifest));
        }
        self.others
            .get_or_init(|| everything(self.store))
            .iter()
            .filter(|(id, manifest)| *id == node.id && manifest.material.stage == node.stage)
            .map(|(_, manifest)| (manifest.started_unix, compared(manifest)))
            .min_by_key(|(started, (_, reasons))| (reasons.len(), std::cmp::Reverse(*started)))
            .map(|(_, compared)| compared)
    }
}

/// Every complete node under every id that a run had it by. Unreadable ones are skipped: they explain nothing.
fn everything(store: &Store) -> Vec<(NodeId, Manifest)> {
    let mut claimed: BTreeMap<NodeKey, BTreeSet<NodeId>> = BTreeMap::new();
    for name in store.run_names().unwrap_or_default() {
        for (id, key) in store.run_record(&name).ok().flatten().into_iter().flat_map(|r| r.nodes) {
            claimed.entry(key).or_default().insert(id);
        }
    }
    let mut found = Vec::new();
    for key in store.manifest_keys().unwrap_or_default() {
        let Ok(Some(manifest)) = store.manifest(&key) else {
            continue;
        };
        let mut ids = claimed.remove(&key).unwrap_or_default();
        ids.extend(manifest.because.as_ref().map(|because| because.node.clone()));
        found.extend(ids.into_iter().map(|id| (id, manifest.clone())));
    }
    found
}
