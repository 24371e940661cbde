//! Turns a configuration into the nodes of a run: finds the inputs, reads them and stores them.
//!
//! All of the user's files that a run reads are opened here, so that a bad one stops the run before its first node.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;

use anyhow::{Context, Result};
use rayon::{ThreadPoolBuildError, ThreadPoolBuilder};
use serl_artifacts::Digest;
use serl_artifacts::table::{self, Table};
use serl_lm::{Device, Machine, Precision, Shape, Tokenizer};
use serl_pipeline::{Graph, PlannedNode, PlannedStatus, Store};
use serl_serving::Notes;
use serl_stages::config::{Config, EvalConfig, Instructions};
use serl_stages::vote::reward::{AnyReward, File, FileKind};
use serl_stages::{External, Externals, import, preview};

use crate::estimate::{Data, Estimate, Measured};
use crate::failure::Mistake;
use crate::memory::{Planner, Prompts};
use crate::place::Place;
use crate::samplers::samplers;
use crate::{builtin, inputs, remote};

/// What a session is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To run: others see the run, and garbage collection spares what it stores.
    Run,
    /// To say what would run.
    Plan,
}

/// A run that is ready to be planned or run.
pub struct Session {
    /// The configuration of the run.
    pub config: Config,
    /// The store.
    pub store: Store,
    /// The nodes to compute.
    pub graph: Graph,
    /// The device of the policy.
    pub device: Device,
    /// How many seeds and problems there are.
    pub data: Data,
    /// What its nodes take in memory.
    pub planner: Planner,
    /// What the user should know about the seeds and problems, one sentence each.
    pub notes: Vec<String>,
    /// Where things were found, for those who look for a mistake.
    pub details: Vec<String>,
}

impl Session {
    /// Opens the store of `config`, reads its seeds and problems, makes its first prompts and hashes its policy folder.
    ///
    /// # Errors
    /// An input that cannot be read or is invalid, or a store that cannot be created.
    pub fn open(config: Config, purpose: Purpose) -> Result<Self> {
        let device = device(&config.model.device, config.model.dtype, config.execution.threads)?;
        let device = device.with_batching(config.sampler.batching());
        of_key("execution.ranks", device.ranks(config.execution.ranks as usize))?;
        of_key("train.moments", device.clone().in_precision(config.train.moments))?;
        // Where servers sample, this is the precision of training.
        of_key(
            "model.sample_dtype",
            device.clone().in_precision(config.model.sampled_in()),
        )?;
        let root = PathBuf::from(&config.execution.store);
        let remote = remote::of(&config.execution.remote)?;
        // Comes first, so that nothing is written next to the store of a newer program.
        let mut store = make(&root)?;
        if let Some(remote) = remote {
            store.share(remote);
        }
        // Before the first import, so that no garbage collection takes that.
        if purpose == Purpose::Run {
            store.announce(&config.name)?;
        }
        let policy = of_key("model.path", inputs::model(&config.model.path, &root))?;
        let seeds_path = of_key("seeds.path", inputs::data(&config.seeds.path, &root))?;
        let seeds = import::seeds(&seeds_path, &config.seeds)?;
        refuse_builtin_benchmark(&config.eval)?;
        let eval_path = match config.eval.path.as_str() {
            "" => None,
            path => Some(of_key("eval.path", inputs::data(path, &root))?),
        };
        let problems = eval_path
            .as_deref()
            .map(|path| import::problems(path, &config.eval))
            .transpose()?;
        let mut details = vec![
            format!("store {}", root.display()),
            format!("device {}", device.describe()),
            format!("`model.path` is {}", policy.display()),
            format!("`seeds.path` is {}: {} rows", seeds_path.display(), seeds.rows.len()),
        ];
        if let (Some(path), Some(problems)) = (&eval_path, &problems) {
            details.push(format!(
                "`eval.path` is {}: {} rows",
                path.display(),
                problems.rows.len()
            ));
        }
        let tokenizer = of_key("model.path", Tokenizer::load(policy.as_path()))?;
        let shape = of_key("model.path", Shape::of(&policy))?;
        config.fits(&shape)?;
        let asked = problems.as_ref().map_or(&[][..], |problems| &problems.rows);
        preview::check(&tokenizer, &config, &shape, &seeds.rows, asked)?;
        let prompts = Prompts::of(&tokenizer, &config, &seeds.rows, asked)?;
        let problem_notes = problems.iter().flat_map(|problems| problems.notes.clone());
        let data = Data {
            seeds: seeds.rows.len(),
            problems: asked.len(),
        };
        let mut notes: Vec<String> = seeds.notes.iter().cloned().chain(problem_notes).collect();

        let measured = config.drift.enabled && config.instructions == Instructions::Generated;
        let encoder = match config.drift.encoder.as_str() {
            path if measured && !path.is_empty() => Some(of_key("drift.encoder", inputs::model(path, &root))?),
            _ => None,
        };
        let place = |file: File| {
            let found = match file.kind {
                FileKind::Model | FileKind::Encoder => inputs::model(&file.path, &root),
                FileKind::Problems(_) => inputs::data(&file.path, &root),
                FileKind::Program => Ok(PathBuf::from(&file.path)),
            };
            Ok((of_key("reward.path", found)?, file))
        };
        let files = config.reward.files().into_iter().map(place);
        let files: Vec<(PathBuf, File)> = files.collect::<Result<_>>()?;

        // A plan is not announced: what it imports stays until it has been looked up.
        let _held = (purpose == Purpose::Plan).then(|| store.objects().hold()).transpose()?;
        let externals = Externals {
            policy: of_key("model.path", External::model(&policy))?,
            seeds: put(&store, purpose, seeds.rows)?,
            encoder: encoder
                .as_deref()
                .map(|folder| of_key("drift.encoder", External::encoder(folder)))
                .transpose()?,
            problems: problems
                .map(|problems| put(&store, purpose, problems.rows))
                .transpose()?,
            evidence: evidence(&files, &store, purpose, &mut notes)?,
        };
        // Whoever is asked what it is draws nothing yet.
        let silent: Notes = Arc::new(|_| {});
        let identity = samplers(&config, &device, &store, silent)?.identity();
        let graph = serl_stages::graph(&config, &externals, &identity)?;
        let planner = Planner {
            config: config.clone(),
            shape,
            machine: Machine::from(&device),
            prompts,
            tokens: tokenizer.vocab_size(),
            problems: data.problems,
        };
        Ok(Self {
            planner,
            config,
            store,
            graph,
            device,
            data,
            notes,
            details,
        })
    }
}

impl Session {
    /// What those of `planned` that are not complete will take.
    pub fn estimate(&self, planned: &[PlannedNode]) -> Estimate {
        let open = planned
            .iter()
            .filter(|node| matches!(node.status, PlannedStatus::WillRun(_)));
        let open: Vec<Place> = open.filter_map(|node| Place::of(&node.id)).collect();
        if open.is_empty() {
            return Estimate::default();
        }
        let measured = Measured::of(&self.store, &self.config, Some(&self.device.describe()));
        Estimate::of(&open, &self.config, self.data, &measured)
    }
}

/// The device `name`, multiplying in `dtype`, with `threads` threads (0: one per core). Call it before computing
/// anything.
///
/// # Errors
/// An unknown device, or threads that the system refuses.
pub fn device(name: &str, precision: impl Into<Precision>, threads: u32) -> Result<Device> {
    let started = start_threads(threads).with_context(|| format!("cannot start {threads} threads"));
    // Whatever threads there are already will do if none were asked for.
    if threads > 0 {
        started?;
    }
    Ok(Device::open(name, precision)?)
}

/// Starts the threads that compute; this one is one of them. Otherwise it would wake another one, and sleep until that
/// one wakes it, for each of the thousands of small products of a step. A single thread that computes is another one:
/// the ranks of a step, each a thread of its own, wait for it while this one waits for them.
fn start_threads(threads: u32) -> std::result::Result<(), ThreadPoolBuildError> {
    let asked = || std::env::var("RAYON_NUM_THREADS").ok()?.parse().ok().filter(|n| *n > 0);
    let threads = match threads {
        0 => asked().unwrap_or_else(|| available_parallelism().map_or(1, NonZero::get)),
        threads => threads as usize,
    };
    let pool = ThreadPoolBuilder::new().num_threads(threads);
    let pool = if threads > 1 { pool.use_current_thread() } else { pool };
    pool.build_global()
}

/// Opens the store under `root`, which must exist.
///
/// # Errors
/// There is no store, or it cannot be opened.
pub fn existing(root: &Path) -> Result<Store> {
    if Store::is_in(root) {
        return make(root);
    }
    let text = format!("there is no store in {}", root.display());
    let hint = "`serl run` creates one; name another folder with `--store DIR`";
    Err(Mistake::new(text, hint).into())
}

/// Opens the store under `root`, which is made if there is none.
///
/// # Errors
/// Its folders cannot be created.
pub fn make(root: &Path) -> Result<Store> {
    if let Some(file) = root.ancestors().find(|path| path.exists() && !path.is_dir()) {
        let text = format!(
            "the store {} cannot be a folder: {} is a file",
            root.display(),
            file.display()
        );
        return Err(Mistake::new(text, "name another folder with `--store DIR` or `execution.store`").into());
    }
    Store::open(root).with_context(|| format!("cannot open the store {}", root.display()))
}

/// Stores a table that was read from a user's file. A plan does without, in a store that cannot be written to: it only
/// needs to know the digest.
fn put<T: Table>(store: &Store, purpose: Purpose, rows: Vec<T>) -> Result<External> {
    // Its digest is in the keys of nodes, which must not change with the words of a description.
    put_bytes(store, purpose, &table::encode_bare(&[rows])?)
}

/// As [`put`], of a file's bytes.
fn put_bytes(store: &Store, purpose: Purpose, bytes: &[u8]) -> Result<External> {
    let objects = store.objects();
    let digest = match objects.put_bytes(bytes) {
        Err(error) if purpose == Purpose::Plan && error.is_refusal() => Digest::of(bytes),
        stored => stored?,
    };
    Ok(External {
        digest,
        path: objects.path(&digest),
        tree: None,
    })
}

/// Names the key of a folder that cannot be read: a configuration may have several.
fn of_key<T, E: Into<anyhow::Error>>(key: &str, read: Result<T, E>) -> Result<T> {
    read.map_err(|error| {
        let error = error.into();
        let text = format!("`{key}`: {error}");
        error.context(text)
    })
}

/// A benchmark is a file of its own.
fn refuse_builtin_benchmark(eval: &EvalConfig) -> Result<()> {
    let path = &eval.path;
    match eval.preset.benchmark() {
        Some(benchmark) if path.starts_with(builtin::PREFIX) => {
            let text = format!(
                "`{path}` is not the benchmark {}, which `eval.preset` names",
                benchmark.name
            );
            let hint = format!("set `eval.path` to the benchmark's file ({})", benchmark.source);
            Err(Mistake::new(text, hint).into())
        }
        _ => Ok(()),
    }
}

/// The bytes of a program of the user.
fn program(path: &Path) -> Result<Vec<u8>> {
    /// More is no script, and hardly a program.
    const MOST: u64 = 256 << 20;
    let found = fs::metadata(path).map_err(|error| format!("cannot be read: {error}"));
    let whole = found.and_then(|found| match (found.is_file(), found.len()) {
        (false, _) => Err("is not a file".to_owned()),
        (true, 0) => Err("is empty".to_owned()),
        (true, length) if length > MOST => Err(format!("has {length} bytes, more than {MOST}")),
        (true, _) => fs::read(path).map_err(|error| format!("cannot be read: {error}")),
    });
    let hint = "set it to an executable file, such as a script whose first line names its interpreter";
    whole.map_err(|reason| Mistake::new(format!("`reward.path`: {} {reason}", path.display()), hint).into())
}

/// The files and folders that a reward judges by, as inputs of nodes. Data sets are read into tables of the store, so
/// that they cannot change during the run.
fn evidence(
    files: &[(PathBuf, File)],
    store: &Store,
    purpose: Purpose,
    notes: &mut Vec<String>,
) -> Result<BTreeMap<&'static str, External>> {
    let external = |(path, file): &(PathBuf, File)| {
        let external = match &file.kind {
            FileKind::Model => of_key("reward.path", External::model(path))?,
            FileKind::Encoder => of_key("reward.path", External::encoder(path))?,
            FileKind::Program => put_bytes(store, purpose, &program(path)?)?,
            FileKind::Problems(columns) => {
                let golds = import::golds(path, columns)?;
                notes.extend(golds.notes);
                put(store, purpose, golds.rows)?
            }
        };
        Ok((file.input, external))
    };
    files.iter().map(external).collect()
}
