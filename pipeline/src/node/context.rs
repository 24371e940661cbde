//! What a node sees while it runs: its inputs, a place to work in, a place for its outputs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use serl_artifacts::atomic::create_dir;
use serl_artifacts::{ArtifactError, Digest, Tree, table};

use super::checkpoints::{self, Checkpoint};
use super::events::{Event, Headway, Observer};
use super::inputs::{ResolvedInput, damage};
use super::parts::Parts;
use crate::cancel::CancelFlag;
use crate::error::{PipelineError, names};
use crate::graph::{ArtifactKind, NodeSpec};
use crate::store::{Output, Store, check_name, remove_if_there};

/// Why a node stopped without a failure of its stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// The user asked for it.
    Interrupted,
    /// An object of an input is missing or damaged.
    Damaged {
        input: String,
        digest: Digest,
        /// The file with the object's bytes.
        path: PathBuf,
    },
}

/// A running node's view of the world.
pub struct NodeContext<'a> {
    store: &'a Store,
    node: &'a NodeSpec,
    inputs: BTreeMap<String, ResolvedInput>,
    work: PathBuf,
    observer: &'a dyn Observer,
    cancel: &'a CancelFlag,
    stopped: RefCell<Option<Stopped>>,
    outputs: BTreeMap<String, Output>,
    metrics: Value,
}

impl<'a> NodeContext<'a> {
    /// A context in the work folder `work`, whose scratch is emptied: nothing there can be trusted.
    pub(crate) fn open(
        store: &'a Store,
        node: &'a NodeSpec,
        inputs: BTreeMap<String, ResolvedInput>,
        work: PathBuf,
        observer: &'a dyn Observer,
        cancel: &'a CancelFlag,
    ) -> Result<Self, PipelineError> {
        let scratch = work.join("scratch");
        remove_if_there(&scratch)?;
        create_dir(&scratch)?;
        Ok(Self {
            store,
            node,
            inputs,
            work,
            observer,
            cancel,
            stopped: RefCell::new(None),
            outputs: BTreeMap::new(),
            metrics: Value::Null,
        })
    }

    /// Whether the node has an input of this name.
    pub fn has_input(&self, name: &str) -> bool {
        self.inputs.contains_key(name)
    }

    /// The input `name`, checked against its digest when the node began.
    ///
    /// # Errors
    /// The node has no such input.
    pub fn input(&self, name: &str) -> Result<&ResolvedInput, PipelineError> {
        self.inputs.get(name).ok_or_else(|| PipelineError::NoSuchInput {
            node: self.node.id.clone(),
            input: name.to_owned(),
            known: names(&self.inputs),
        })
    }

    /// The bytes of the blob `name`, checked against its digest.
    ///
    /// # Errors
    /// The node has no such input, or it was damaged since the node began: pass the error on and the run recomputes it.
    pub fn read_input(&self, name: &str) -> Result<Vec<u8>, PipelineError> {
        let input = self.input(name)?;
        let error = match std::fs::read(&input.path) {
            Ok(bytes) => match Digest::of(&bytes) {
                found if found == input.digest => return Ok(bytes),
                found => ArtifactError::Damaged {
                    path: input.path.clone(),
                    expected: input.digest,
                    found,
                },
            },
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => ArtifactError::Missing {
                digest: input.digest,
                path: input.path.clone(),
            },
            Err(e) => return Err(ArtifactError::io("read", &input.path)(e).into()),
        };
        self.stop_for(name, input.digest, &input.path);
        Err(damage(error, self.node, name))
    }

    /// The error for a file of the input folder `name` that is not what its digest says. Pass it on: the run recomputes
    /// the folder or, if it comes from outside, tells the user.
    ///
    /// `path` is the file's, below that of the input.
    pub fn changed(&self, name: &str, path: &Path) -> PipelineError {
        let input = match self.input(name) {
            Ok(input) => input,
            Err(error) => return error,
        };
        let below = path.strip_prefix(&input.path).ok().and_then(Path::to_str);
        let file = below.and_then(|below| input.tree.as_ref()?.files.get(below));
        let digest = file.map_or(input.digest, |file| file.digest);
        self.stop_for(name, digest, path);
        PipelineError::Damaged {
            node: self.node.id.clone(),
            input: name.to_owned(),
            digest,
        }
    }

    fn stop_for(&self, input: &str, digest: Digest, path: &Path) {
        self.stopped.replace(Some(Stopped::Damaged {
            input: input.to_owned(),
            digest,
            path: path.to_owned(),
        }));
    }

    /// A folder for files in the making: empty when the node begins, gone when it is complete.
    pub fn work_dir(&self) -> PathBuf {
        self.work.join("scratch")
    }

    /// The parts of this name, those of earlier attempts included.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn parts(&self, name: &str) -> Result<Parts, PipelineError> {
        Parts::open(&self.work, name)
    }

    /// The last checkpoint of this or an earlier attempt.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn latest_checkpoint(&self) -> Result<Option<Checkpoint>, PipelineError> {
        checkpoints::latest(&self.work)
    }

    /// Makes the folder `made` (below [`NodeContext::work_dir`]) the checkpoint at `step`, in place of earlier ones;
    /// returns the folder it is in now.
    ///
    /// # Errors
    /// The folder cannot be read, synced or moved.
    pub fn commit_checkpoint(&self, step: u64, made: &Path) -> Result<PathBuf, PipelineError> {
        checkpoints::commit(&self.work, step, made)
    }

    /// Stores `bytes` as the output `name`. `rows` is shown to users; for a Parquet table it is read from the bytes if
    /// not given.
    ///
    /// # Errors
    /// The name cannot be a file name, or the bytes cannot be written.
    pub fn put_output(&mut self, name: &str, bytes: &[u8], rows: Option<u64>) -> Result<(), PipelineError> {
        check_name(name, "an output")?;
        let digest = self.store.objects().put_bytes(bytes)?;
        let rows = rows.or_else(|| table::row_count(bytes));
        self.outputs.insert(
            name.to_owned(),
            Output {
                digest,
                kind: ArtifactKind::Blob,
                bytes: bytes.len() as u64,
                rows,
                dropped: false,
            },
        );
        Ok(())
    }

    /// Stores the files `files` of `dir` as the output folder `name`. Files below [`NodeContext::work_dir`] are moved,
    /// others (those of a checkpoint, too) are copied.
    ///
    /// # Errors
    /// The name cannot be a file name, or a file cannot be read or stored.
    pub fn put_output_dir(&mut self, name: &str, dir: &Path, files: &[String]) -> Result<(), PipelineError> {
        check_name(name, "an output")?;
        let objects = self.store.objects();
        let (digest, tree) = if dir.starts_with(self.work_dir()) {
            objects.adopt_tree(dir, files)?
        } else {
            objects.put_tree(dir, files)?
        };
        self.put_tree(name, digest, &tree);
        Ok(())
    }

    /// Stores the files `files` of the output folder `whole`, put before, as the output folder `name` as well. Nothing
    /// is copied.
    ///
    /// # Errors
    /// The name cannot be a file name, there is no such output folder, or it lacks one of the files.
    pub fn put_output_share(&mut self, name: &str, whole: &str, files: &[String]) -> Result<(), PipelineError> {
        check_name(name, "an output")?;
        let Some(of) = self.outputs.get(whole) else {
            return Err(PipelineError::NoSuchOutput {
                node: self.node.id.clone(),
                output: whole.to_owned(),
                known: names(&self.outputs),
            });
        };
        let objects = self.store.objects();
        let tree = objects.tree(&of.digest)?.share(files)?;
        let digest = objects.put_bytes(&tree.to_bytes())?;
        self.put_tree(name, digest, &tree);
        Ok(())
    }

    fn put_tree(&mut self, name: &str, digest: Digest, tree: &Tree) {
        let output = Output {
            digest,
            kind: ArtifactKind::Tree,
            bytes: tree.bytes(),
            rows: None,
            dropped: false,
        };
        self.outputs.insert(name.to_owned(), output);
    }

    /// Sets the node's summary, which is shown to users.
    pub fn metrics(&mut self, metrics: Value) {
        self.metrics = metrics;
    }

    /// Reports the progress of the work.
    pub fn progress(&self, headway: &Headway<'_>) {
        let node = self.node;
        self.observer.on_event(&Event::Progress { node, headway });
    }

    /// Reports what was measured at step `step` of the work. It is shown while the node runs; what is to be kept
    /// belongs in an output.
    pub fn measured(&self, step: u32, figures: &BTreeMap<String, f64>) {
        let node = self.node;
        self.observer.on_event(&Event::Measured { node, step, figures });
    }

    /// Whether the user asked to stop.
    pub fn cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// What [`NodeContext::cancelled`] reads, for other threads.
    pub fn cancel_flag(&self) -> &CancelFlag {
        self.cancel
    }

    /// Ends the work if the user asked for that. Call it where stopping loses nothing, and pass its error on.
    ///
    /// # Errors
    /// [`PipelineError::Interrupted`].
    pub fn check_cancelled(&self) -> Result<(), PipelineError> {
        if !self.cancelled() {
            return Ok(());
        }
        self.stopped.replace(Some(Stopped::Interrupted));
        Err(PipelineError::Interrupted)
    }

    pub(crate) fn stopped(&self) -> Option<Stopped> {
        self.stopped.borrow().clone()
    }

    /// What the node wrote, and its summary.
    pub(crate) fn into_results(self) -> (BTreeMap<String, Output>, Value) {
        (self.outputs, self.metrics)
    }
}
