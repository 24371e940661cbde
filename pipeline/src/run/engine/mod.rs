//! The walk over the nodes of a run.
//!
//! Nodes are visited in order. A visit completes its node, or finds an output of an earlier node bad: then that output
//! is set aside and the walk goes back to the node that made it. Nodes in between are visited again; those whose inputs
//! came out the same are still complete. The same happens when a node must run and reads a dropped output.

mod alone;
mod repair;
mod retain;
mod share;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::keeper::RecordKeeper;
use super::report::{NodeReport, RunReport, Status};
use super::retained::Retained;
use super::runner::{RunOptions, Runner};
use super::sharing::{Sharing, Turn};
use crate::cancel::CancelFlag;
use crate::error::{PipelineError, RunError};
use crate::graph::{ArtifactKind, Graph, KeyMaterial, NodeKey, NodeSpec};
use crate::id::NodeId;
use crate::node::{Checker, Event, NodeContext, Observer, ResolvedInput, Stopped, checkpoints, parts};
use crate::plan::{Assessment, History, Request, assess, input_digests};
use crate::reason::{Because, Reason};
use crate::store::{Manifest, Process, RunRecord, Store, commit, lock, view};
use crate::upkeep::sweep;

/// The outcome of visiting a node.
enum Visit {
    /// It is complete.
    Complete,
    /// This earlier node must be visited again first.
    Redo(NodeId),
}

pub(super) struct Engine<'a> {
    /// Announced: other processes know that the run is in progress.
    store: &'a Store,
    graph: &'a Graph,
    nodes: Vec<&'a NodeSpec>,
    observer: &'a dyn Observer,
    cancel: &'a CancelFlag,
    options: &'a RunOptions,
    history: History<'a>,
    keeper: RecordKeeper,
    checker: Checker,
    complete: BTreeMap<NodeId, Manifest>,
    status: HashMap<NodeId, Status>,
    repairs: HashMap<NodeId, u32>,
    retained: Retained<'a>,
    /// The only nodes that may run; none: all may.
    only: Option<BTreeSet<NodeId>>,
    sharing: Sharing,
}

impl<'a> Engine<'a> {
    pub(super) fn new(
        store: &'a Store,
        graph: &'a Graph,
        nodes: Vec<&'a NodeSpec>,
        request: Request<'a>,
        observer: &'a dyn Observer,
        cancel: &'a CancelFlag,
        options: &'a RunOptions,
    ) -> Result<Self, PipelineError> {
        sweep::sweep(store)?;
        let earlier = earlier_record(store, options, observer)?;
        let history = History::after(store, &options.name, earlier.as_ref());
        let mut keeper = RecordKeeper::open(earlier, graph, options);
        keeper.find_stale(store, graph);
        Ok(Self {
            store,
            graph,
            nodes,
            observer,
            cancel,
            options,
            history,
            keeper,
            checker: Checker::default(),
            complete: BTreeMap::new(),
            status: HashMap::new(),
            repairs: HashMap::new(),
            retained: Retained::new(graph, request, &options.retention),
            only: None,
            sharing: Sharing::default(),
        })
    }

    pub(super) fn run<R: Runner>(&mut self, runner: &mut R) -> Result<RunReport, RunError<R::Error>> {
        let mut index = 0;
        while let Some(&node) = self.nodes.get(index) {
            match self.visit(node, runner)? {
                Visit::Complete => index += 1,
                Visit::Redo(id) => {
                    index = self.nodes.iter().position(|node| node.id == id).unwrap_or(0);
                    // They are visited again: until then they have not read what comes before them.
                    for node in &self.nodes[index..] {
                        self.complete.remove(&node.id);
                    }
                }
            }
        }
        self.keeper.find_stale(self.store, self.graph);
        self.keeper.close(self.store, self.graph)?;
        self.share_rest()?;
        self.look_around()?;
        self.drop_what_was_read()?;
        Ok(self.report())
    }

    fn visit<R: Runner>(&mut self, node: &'a NodeSpec, runner: &mut R) -> Result<Visit, RunError<R::Error>> {
        let material = node.material(input_digests(node, |id| self.complete.get(id))?);
        let key = material.key();
        if let Assessment::Complete(manifest) = self.look_up(node, &key)? {
            commit::sweep_leftovers(self.store, &key)?;
            let manifest = self.agree(node, *manifest)?;
            self.settle(node, manifest, Status::Cached)?;
            return Ok(Visit::Complete);
        }
        if self.cancel.is_cancelled() {
            return Err(self.interrupted(node));
        }
        if let Some(manifest) = self.bring(node, &key)? {
            self.settle(node, manifest, Status::Cached)?;
            return Ok(Visit::Complete);
        }
        self.refuse_others(node)?;
        if let Some(producer) = self.dropped_producer(node)? {
            return Ok(Visit::Redo(producer));
        }
        // Complete nodes are claimed before the long work begins, and so is the node to work on.
        self.keeper.begin(&node.id, key);
        self.keeper.flush(self.store, self.graph)?;
        self.drop_what_was_read()?;
        let waiting = |holder: Option<Process>| {
            let holder = holder.as_ref();
            self.observer.on_event(&Event::Waiting { node, holder });
        };
        let _lock = match lock::acquire(&self.store.lock_path(&key), self.cancel, waiting) {
            Err(PipelineError::Interrupted) => return Err(self.interrupted(node)),
            other => other?,
        };
        // Whoever held the lock may have completed the node, and died before sweeping.
        let reason = match self.look_up(node, &key)? {
            Assessment::Complete(manifest) => {
                commit::sweep(self.store, &key)?;
                let manifest = self.agree(node, *manifest)?;
                self.settle(node, manifest, Status::Cached)?;
                return Ok(Visit::Complete);
            }
            Assessment::MustRun(reason) => reason,
        };
        let _lease = match self.take_turn(node, &key) {
            Err(PipelineError::Interrupted) => return Err(self.interrupted(node)),
            Ok(Turn::Over(manifest)) => {
                commit::sweep(self.store, &key)?;
                self.settle(node, *manifest, Status::Cached)?;
                return Ok(Visit::Complete);
            }
            Ok(Turn::Mine(lease)) => lease,
            Err(error) => return Err(error.into()),
        };
        self.tell_lost(node, &key, &reason)?;
        let because = self.because(node, &material, &key, reason);
        self.execute(node, material, key, because, runner)
    }

    /// What the store says about a node. Nothing of a complete one is collected as garbage between look-up and claim.
    fn look_up(&self, node: &NodeSpec, key: &NodeKey) -> Result<Assessment, PipelineError> {
        let _held = self.store.objects().hold()?;
        let assessment = match assess(self.store, key) {
            Assessment::Complete(manifest) => match self.retained.reason(&node.id, &manifest) {
                Some(reason) => Assessment::MustRun(reason),
                None => Assessment::Complete(manifest),
            },
            must_run => must_run,
        };
        if let Assessment::Complete(_) = &assessment {
            commit::freshen(self.store, key)?;
        }
        Ok(assessment)
    }

    /// Reports a node that is no longer complete.
    fn tell_lost(&self, node: &NodeSpec, key: &NodeKey, reason: &Reason) -> Result<(), PipelineError> {
        match reason {
            // Already reported where the damage was found.
            Reason::OutputMissing { .. } if self.repairs.contains_key(&node.id) => {}
            Reason::OutputMissing { .. } | Reason::OutputDropped { .. } => {
                self.observer.on_event(&Event::Lost { node, reason })
            }
            Reason::ManifestUnreadable { .. } => {
                let path = self.store.manifest_path(key);
                let objects = self.store.objects();
                objects.set_aside(&path, &format!("{key}.json"))?;
                self.observer.on_event(&Event::SetAside { path: &path });
            }
            _ => {}
        }
        Ok(())
    }

    fn execute<R: Runner>(
        &mut self,
        node: &'a NodeSpec,
        material: KeyMaterial,
        key: NodeKey,
        because: Because,
        runner: &mut R,
    ) -> Result<Visit, RunError<R::Error>> {
        let inputs = match self.inputs(node, &material) {
            Err(PipelineError::Damaged { input, digest, .. }) => {
                return Ok(self.repair(node, &input, digest, None)?);
            }
            other => other?,
        };
        let work = self.store.work_path(&key);
        let resumed = parts::any_kept(&work) || checkpoints::any_kept(&work);
        self.observer.on_event(&Event::Started {
            node,
            key: &key,
            resumed,
        });
        let (start, started_unix) = (Instant::now(), unix_seconds());
        let mut ctx = NodeContext::open(self.store, node, inputs, work, self.observer, self.cancel)?;
        if let Err(source) = runner.run(node, &mut ctx) {
            return match ctx.stopped() {
                Some(Stopped::Interrupted) => Err(self.interrupted(node)),
                Some(Stopped::Damaged { input, digest, path }) => Ok(self.repair(node, &input, digest, Some(path))?),
                None => Err(RunError::Node {
                    node: node.id.clone(),
                    source,
                }),
            };
        }
        let (outputs, metrics) = ctx.into_results();
        let manifest = Manifest {
            key,
            material,
            outputs,
            seconds: start.elapsed().as_secs_f64(),
            started_unix,
            resumed,
            versions: self.options.versions.clone(),
            device: self.options.device.clone(),
            metrics,
            because: Some(because),
        };
        commit::publish(self.store, &manifest)?;
        let manifest = self.agree(node, manifest)?;
        self.settle(node, manifest, Status::Ran)?;
        self.keeper.flush(self.store, self.graph)?;
        self.share_record()?;
        commit::sweep(self.store, &key)?;
        Ok(Visit::Complete)
    }

    fn because(&self, node: &NodeSpec, material: &KeyMaterial, key: &NodeKey, reason: Reason) -> Because {
        let inputs = material.inputs.iter();
        let known = inputs.map(|(name, digest)| (name.clone(), Some(*digest)));
        self.history.because(node, Some(key), reason, &known.collect())
    }

    fn inputs(
        &mut self,
        node: &NodeSpec,
        material: &KeyMaterial,
    ) -> Result<BTreeMap<String, ResolvedInput>, PipelineError> {
        let complete = &self.complete;
        let kind_of = |node: &NodeId, output: &str| {
            let output = complete.get(node).and_then(|m| m.outputs.get(output));
            output.map_or(ArtifactKind::Blob, |output| output.kind)
        };
        self.checker
            .resolve(self.store.objects(), node, &material.inputs, kind_of)
    }

    /// Records a complete node and reports it, once.
    fn settle(&mut self, node: &'a NodeSpec, manifest: Manifest, status: Status) -> Result<(), PipelineError> {
        self.keeper.claim(&node.id, manifest.key);
        let held = self.store.objects().hold()?;
        view::refresh(self.store, &self.options.name, node, &manifest)?;
        drop(held);
        let first = !self.status.contains_key(&node.id);
        match status {
            Status::Ran => self.observer.on_event(&Event::Finished {
                node,
                manifest: &manifest,
            }),
            Status::Cached if first => self.observer.on_event(&Event::Cached {
                node,
                manifest: &manifest,
            }),
            Status::Cached => {}
        }
        if first || status == Status::Ran {
            self.status.insert(node.id.clone(), status);
        }
        self.retained.settled(self.store, &node.id, &manifest);
        self.complete.insert(node.id.clone(), manifest);
        Ok(())
    }

    fn interrupted<E: std::error::Error + 'static>(&self, node: &NodeSpec) -> RunError<E> {
        RunError::Interrupted { node: node.id.clone() }
    }

    fn report(&self) -> RunReport {
        let report = |node: &&NodeSpec| {
            let manifest = self.complete.get(&node.id)?;
            Some(NodeReport {
                id: node.id.clone(),
                key: manifest.key,
                status: *self.status.get(&node.id)?,
                seconds: manifest.seconds,
                outputs: manifest.outputs.clone(),
                metrics: manifest.metrics.clone(),
            })
        };
        RunReport {
            nodes: self.nodes.iter().filter_map(report).collect(),
        }
    }
}

/// The record of an earlier run of this name; one that cannot be read is set aside, since all of it can be found again.
fn earlier_record(
    store: &Store,
    options: &RunOptions,
    observer: &dyn Observer,
) -> Result<Option<RunRecord>, PipelineError> {
    match store.run_record(&options.name) {
        Err(PipelineError::Json { path, .. }) => {
            let name = format!("{}.run.json", options.name);
            store.objects().set_aside(&path, &name)?;
            observer.on_event(&Event::SetAside { path: &path });
            Ok(None)
        }
        other => other,
    }
}

fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
