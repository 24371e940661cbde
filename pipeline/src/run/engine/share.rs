//! Sharing nodes with other machines; see [`crate::remote`]. Without a remote, nothing happens here.

use std::sync::Arc;

use serl_remote::Link;

use super::super::sharing::Turn;
use super::Engine;
use crate::error::PipelineError;
use crate::graph::{ArtifactKind, Input, NodeKey, NodeSpec};
use crate::node::Event;
use crate::remote::{Acquired, Fetched, POLL, Published, Stored, acquire, fetch, look_up, publish, send_record};
use crate::store::{Manifest, Output, Store, commit, lock};

impl Engine<'_> {
    /// Brings a node that another machine has completed here, if it has all that this run wants of it.
    pub(super) fn bring(&self, node: &NodeSpec, key: &NodeKey) -> Result<Option<Manifest>, PipelineError> {
        if self.store.remote().is_none() {
            return Ok(None);
        }
        // Whoever holds it is computing the node.
        let Some(_held) = lock::try_acquire(&self.store.lock_path(key))? else {
            return Ok(None);
        };
        let found = self.bring_locked(node, key)?;
        if found.is_some() {
            commit::sweep(self.store, key)?;
        }
        Ok(found)
    }

    /// As [`Engine::bring`], of a node whose lock is held.
    fn bring_locked(&self, node: &NodeSpec, key: &NodeKey) -> Result<Option<Manifest>, PipelineError> {
        let fetched = self.with_remote(|store, link| {
            let Stored::There(theirs, _) = look_up(link, key)? else {
                return Ok(None);
            };
            let wanted = self.as_wanted(node, *theirs);
            if self.retained.reason(&node.id, &wanted).is_some() {
                return Ok(None);
            }
            match fetch(store, link, &wanted)? {
                Fetched::Complete(bytes) => Ok(Some((wanted, bytes))),
                Fetched::Incomplete => Ok(None),
            }
        })?;
        let Some((manifest, bytes)) = fetched.flatten() else {
            return Ok(None);
        };
        self.observer.on_event(&Event::Fetched { node, bytes });
        Ok(Some(manifest))
    }

    /// Waits until no other machine is computing the node, whose lock is held.
    pub(super) fn take_turn(&self, node: &NodeSpec, key: &NodeKey) -> Result<Turn, PipelineError> {
        let mut is_told = false;
        loop {
            let lease = match self.with_remote(|_, link| acquire(link, key))? {
                None => return Ok(Turn::Mine(None)),
                Some(Acquired::Impossible) => None,
                Some(Acquired::Mine(lease)) => Some(lease),
                Some(Acquired::Held(holder)) => {
                    if !is_told {
                        let holder = holder.as_str();
                        self.observer.on_event(&Event::Leased { node, holder });
                        is_told = true;
                    }
                    if self.cancel.is_cancelled() {
                        return Err(PipelineError::Interrupted);
                    }
                    std::thread::sleep(POLL);
                    continue;
                }
            };
            // Whoever had it before may have completed the node.
            return Ok(match self.bring_locked(node, key)? {
                Some(manifest) => Turn::Over(Box::new(manifest)),
                None => Turn::Mine(lease),
            });
        }
    }

    /// Makes a complete node known to other machines, and returns its manifest: that of the machine that was first.
    pub(super) fn agree(&self, node: &NodeSpec, manifest: Manifest) -> Result<Manifest, PipelineError> {
        if self.store.remote().is_none() {
            return Ok(manifest);
        }
        let key = manifest.key;
        let settled = self.with_remote(|store, link| {
            let (theirs, version) = match publish(store, link, &manifest, None)? {
                Published::There(_) => return Ok(Agreed::Shared),
                Published::Lacking => return Ok(Agreed::Unshared),
                Published::Lost(theirs, version) => (self.as_wanted(node, *theirs), version),
            };
            if self.retained.reason(&node.id, &theirs).is_none()
                && let Fetched::Complete(_) = fetch(store, link, &theirs)?
            {
                return Ok(Agreed::Theirs(Box::new(theirs)));
            }
            match publish(store, link, &manifest, Some(&version))? {
                Published::There(_) => Ok(Agreed::Shared),
                _ => Ok(Agreed::Unshared),
            }
        })?;
        let mut unshared = self.sharing.unshared.borrow_mut();
        match settled {
            Some(Agreed::Shared) => drop(unshared.remove(&key)),
            Some(Agreed::Theirs(theirs)) => {
                unshared.remove(&key);
                self.observer.on_event(&Event::Superseded { node });
                return Ok(*theirs);
            }
            None | Some(Agreed::Unshared) => drop(unshared.insert(key)),
        }
        Ok(manifest)
    }

    /// Brings the dropped outputs that `node` reads back from the remote; returns whether it reads none any more.
    pub(super) fn restored(&mut self, node: &NodeSpec) -> Result<bool, PipelineError> {
        let inputs: Vec<_> = node.inputs.values().collect();
        for input in inputs {
            let Input::Output { node: maker, output } = input else {
                continue;
            };
            let complete = self.complete.get(maker).filter(|m| is_dropped(m, output));
            let (Some(ours), Some(spec)) = (complete.cloned(), self.nodes.iter().find(|spec| spec.id == *maker)) else {
                continue;
            };
            let restored = self.with_remote(|store, link| restore(store, link, &ours, output))?;
            let Some((manifest, bytes)) = restored.flatten() else {
                return Ok(false);
            };
            self.observer.on_event(&Event::Fetched { node: spec, bytes });
            self.complete.insert(maker.clone(), manifest);
        }
        Ok(true)
    }

    /// Sends the record of the run, if the remote has what it names.
    pub(super) fn share_record(&self) -> Result<(), PipelineError> {
        if self.sharing.unshared.borrow().is_empty() {
            let name = &self.options.name;
            self.with_remote(|store, link| send_record(store, link, name))?;
        }
        Ok(())
    }

    /// Sends at the end what could not be sent before.
    pub(super) fn share_rest(&self) -> Result<(), PipelineError> {
        if self.store.remote().is_none() {
            return Ok(());
        }
        let rest: Vec<NodeKey> = self.sharing.unshared.borrow().iter().copied().collect();
        for key in rest {
            let shared = self.with_remote(|store, link| match store.manifest(&key)? {
                Some(manifest) => publish(store, link, &manifest, None),
                None => Ok(Published::Lacking),
            })?;
            if let Some(Published::There(_)) = shared {
                self.sharing.unshared.borrow_mut().remove(&key);
            }
        }
        let nodes = self.sharing.unshared.borrow().len();
        if nodes > 0 {
            self.observer.on_event(&Event::Unshared { nodes });
        }
        self.share_record()
    }

    /// What the store should know of a node of another machine: what this run would drop is not brought here before it
    /// is needed.
    fn as_wanted(&self, node: &NodeSpec, mut theirs: Manifest) -> Manifest {
        for (name, output) in &mut theirs.outputs {
            let is_temporary = output.kind == ArtifactKind::Tree && self.options.retention.is_temporary(&node.id, name);
            output.dropped |= is_temporary && !self.retained.is_needed(&node.id, name);
        }
        theirs
    }

    /// Does something with the remote, if there is one and it can be reached.
    fn with_remote<T>(
        &self,
        act: impl FnOnce(&Store, &Arc<Link>) -> Result<T, PipelineError>,
    ) -> Result<Option<T>, PipelineError> {
        let Some(link) = self.store.remote() else {
            return Ok(None);
        };
        if !link.is_up() {
            // Whoever planned the run may have found out.
            self.tell_unreachable(&link.trouble().unwrap_or_default());
            return Ok(None);
        }
        match act(self.store, link) {
            Err(PipelineError::Remote(error)) => {
                link.failed(&error);
                self.tell_unreachable(&error.to_string());
                Ok(None)
            }
            done => {
                link.reached();
                done.map(Some)
            }
        }
    }

    fn tell_unreachable(&self, reason: &str) {
        if !self.sharing.is_told.replace(true) {
            self.observer.on_event(&Event::Unreachable { reason });
        }
    }
}

/// What became of a node that several machines may have completed.
enum Agreed {
    /// The remote has this machine's.
    Shared,
    /// This machine goes on with another's.
    Theirs(Box<Manifest>),
    /// The remote may not have it.
    Unshared,
}

fn is_dropped(manifest: &Manifest, output: &str) -> bool {
    manifest.outputs.get(output).is_some_and(|output| output.dropped)
}

/// Brings the output `name` of a node back, which was dropped here; returns the manifest that has it, if the remote has
/// it.
fn restore(store: &Store, link: &Link, ours: &Manifest, name: &str) -> Result<Option<(Manifest, u64)>, PipelineError> {
    let Stored::There(theirs, _) = look_up(link, &ours.key)? else {
        return Ok(None);
    };
    let mut manifest = ours.clone();
    let same = |output: &&mut Output| {
        let there = theirs.outputs.get(name);
        there.is_some_and(|there| !there.dropped && there.digest == output.digest)
    };
    let Some(output) = manifest.outputs.get_mut(name).filter(same) else {
        return Ok(None);
    };
    output.dropped = false;
    match fetch(store, link, &manifest)? {
        Fetched::Complete(bytes) => Ok(Some((manifest, bytes))),
        Fetched::Incomplete => Ok(None),
    }
}
