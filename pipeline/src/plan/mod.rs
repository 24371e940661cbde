//! What a run would do: which nodes are complete, why the others are not, and what they need.

mod assess;
mod elsewhere;
mod history;
mod missing;
pub(crate) mod needs;

use std::collections::{BTreeMap, BTreeSet};

use serl_artifacts::Digest;

use crate::error::PipelineError;
use crate::graph::{Graph, Input, NodeKey, NodeSpec, Retention, Selection};
use crate::id::NodeId;
use crate::reason::{Because, Reason};
use crate::store::{Manifest, Store};
pub(crate) use assess::{Assessment, assess, input_digests};
pub(crate) use history::History;
pub use missing::missing;
pub(crate) use missing::needed_again;
pub(crate) use needs::{Request, reason_to_redo};

use elsewhere::in_remote;
use needs::backwards;

/// What a run would do with a node.
#[derive(Debug, Clone, PartialEq)]
pub enum PlannedStatus {
    /// Nothing: it is complete.
    Cached,
    /// Bring it here: another machine has completed it.
    Remote,
    /// Run it. There is at least one reason.
    WillRun(Because),
}

/// A node of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedNode {
    /// The node.
    pub id: NodeId,
    /// Its key; none while the content of an input is not known.
    pub key: Option<NodeKey>,
    /// What a run would do with it.
    pub status: PlannedStatus,
}

impl PlannedNode {
    /// Why it would run; nothing if it is complete.
    pub fn reasons(&self) -> &[Reason] {
        match &self.status {
            PlannedStatus::Cached | PlannedStatus::Remote => &[],
            PlannedStatus::WillRun(because) => &because.reasons,
        }
    }

    /// Its own reasons, apart from nodes before it.
    pub fn own_reasons(&self) -> impl Iterator<Item = &Reason> {
        let own = |reason: &&Reason| !matches!(reason, Reason::UpstreamWillRun { .. });
        self.reasons().iter().filter(own)
    }
}

/// What [`crate::run`] would do with the selected nodes as the run `run`, in its order. Nothing is changed.
///
/// A complete node that will run because something of it was dropped (see [`Retention`]) is assumed to give the same
/// bytes again, so what comes after it stays complete.
///
/// # Errors
/// The selection names something that does not exist, or nodes whose inputs are not there; a node takes an output that
/// the node before it did not write; or the system refuses to read the record of the run.
pub fn plan(
    store: &Store,
    graph: &Graph,
    selection: &Selection,
    run: &str,
    retention: &Retention,
) -> Result<Vec<PlannedNode>, PipelineError> {
    let mut planner = Planner {
        store,
        history: History::open(store, run)?,
        request: Request::new(graph, selection, retention)?,
        complete: BTreeMap::new(),
        roots: BTreeMap::new(),
    };
    refuse_unready(store, graph, selection, retention)?;
    let nodes = match selection.is_exact() {
        // What the rest of the graph still needs of the named nodes runs again.
        true => graph.nodes().iter().collect(),
        false => selection.resolve(graph)?,
    };
    let planned: Result<Vec<_>, _> = nodes.iter().map(|node| planner.plan(node)).collect();
    let mut planned = planned?;
    planner.needed_again(&nodes, &mut planned);
    if selection.is_exact() {
        planned.retain(|node| selection.nodes.contains(&node.id));
    }
    Ok(planned)
}

/// Refuses nodes that are requested alone and whose inputs are not there.
///
/// # Errors
/// [`PipelineError::NotReady`]; those of [`missing`].
pub(crate) fn refuse_unready(
    store: &Store,
    graph: &Graph,
    selection: &Selection,
    retention: &Retention,
) -> Result<(), PipelineError> {
    match missing(store, graph, selection, retention)? {
        none if none.is_empty() => Ok(()),
        first => Err(PipelineError::NotReady { first }),
    }
}

struct Planner<'a> {
    store: &'a Store,
    history: History<'a>,
    request: Request<'a>,
    complete: BTreeMap<&'a NodeId, Manifest>,
    /// For each node that will run, the nodes that cause it.
    roots: BTreeMap<&'a NodeId, BTreeSet<NodeId>>,
}

impl<'a> Planner<'a> {
    fn plan(&mut self, node: &'a NodeSpec) -> Result<PlannedNode, PipelineError> {
        let (key, status) = match node.upstream().find(|id| !self.complete.contains_key(id)) {
            Some(first) => (None, self.after(node, first)),
            None => self.look_up(node)?,
        };
        let planned = PlannedNode {
            id: node.id.clone(),
            key,
            status,
        };
        self.note_roots(node, &planned);
        Ok(planned)
    }

    /// A node whose inputs are all known.
    fn look_up(&mut self, node: &'a NodeSpec) -> Result<(Option<NodeKey>, PlannedStatus), PipelineError> {
        let inputs = input_digests(node, |id| self.complete.get(id))?;
        let known = inputs
            .iter()
            .map(|(name, digest)| (name.clone(), Some(*digest)))
            .collect();
        let key = node.material(inputs).key();
        let status = match assess(self.store, &key) {
            Assessment::MustRun(reason) => {
                match in_remote(self.store, &key, |manifest| self.request.of(&node.id, manifest)) {
                    Some(manifest) => {
                        self.complete.insert(&node.id, manifest);
                        PlannedStatus::Remote
                    }
                    None => PlannedStatus::WillRun(self.history.because(node, Some(&key), reason, &known)),
                }
            }
            Assessment::Complete(manifest) => {
                let asked = reason_to_redo(&manifest, &self.request.of(&node.id, &manifest));
                self.complete.insert(&node.id, *manifest);
                match asked {
                    None => PlannedStatus::Cached,
                    Some(reason) => PlannedStatus::WillRun(self.history.because(node, Some(&key), reason, &known)),
                }
            }
        };
        Ok((Some(key), status))
    }

    /// Complete nodes run again whose dropped outputs are read by nodes that will run.
    fn needed_again(&self, nodes: &[&'a NodeSpec], planned: &mut [PlannedNode]) {
        let will_run = |(_, planned): &(_, &PlannedNode)| matches!(planned.status, PlannedStatus::WillRun(_));
        let runs = nodes.iter().zip(planned.iter()).filter(will_run);
        let runs = runs.map(|(node, _)| &node.id).collect();
        let needed = backwards(nodes, &self.complete, runs);
        for (node, planned) in nodes.iter().zip(planned) {
            let (Some(needed), PlannedStatus::Cached) = (needed.get(&node.id), &planned.status) else {
                continue;
            };
            let in_remote = |key: &NodeKey| in_remote(self.store, key, |_| needed.clone());
            if planned.key.as_ref().and_then(in_remote).is_some() {
                continue;
            }
            let complete = self.complete.get(&node.id);
            if let Some(reason) = complete.and_then(|m| reason_to_redo(m, needed)) {
                let known = BTreeMap::new();
                let key = planned.key.as_ref();
                let because = self.history.because(node, key, reason, &known);
                planned.status = PlannedStatus::WillRun(because);
            }
        }
    }

    /// A node after some that will run, of which `first` is the first. It may have its own reasons besides.
    fn after(&self, node: &NodeSpec, first: &NodeId) -> PlannedStatus {
        let upstream = node.upstream().filter_map(|id| self.roots.get(id));
        let roots: BTreeSet<NodeId> = upstream.flatten().cloned().collect();
        let reason = Reason::UpstreamWillRun {
            node: first.clone(),
            roots: roots.into_iter().collect(),
        };
        let known = node
            .inputs
            .iter()
            .map(|(name, input)| (name.clone(), self.content(input)))
            .collect();
        PlannedStatus::WillRun(self.history.because(node, None, reason, &known))
    }

    fn content(&self, input: &Input) -> Option<Digest> {
        match input {
            Input::External { digest, .. } => Some(*digest),
            Input::Output { node, output } => {
                let manifest = self.complete.get(node)?;
                manifest.outputs.get(output).map(|found| found.digest)
            }
        }
    }

    fn note_roots(&mut self, node: &'a NodeSpec, planned: &PlannedNode) {
        let mut roots = BTreeSet::new();
        for reason in planned.reasons() {
            match reason {
                Reason::UpstreamWillRun { roots: before, .. } => roots.extend(before.iter().cloned()),
                _ => drop(roots.insert(node.id.clone())),
            }
        }
        if !roots.is_empty() {
            self.roots.insert(&node.id, roots);
        }
    }
}
