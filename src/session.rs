//! From a configuration to the nodes of a run: inputs are found, read and put into the store.
//!
//! Everything of the user's that a run reads is opened here, so that a bad file stops it before the first node.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serl_artifacts::table::{self, Table};
use serl_artifacts::{Digest, model_folder};
use serl_lm::{Device, Dtype};
use serl_pipeline::{Graph, Store};
use serl_stages::config::Config;
use serl_stages::{External, Externals, import};

use crate::failure::Mistake;
use crate::{builtin, dropped};

/// A run that is ready to be planned or run.
pub struct Session {
    /// What was asked for.
    pub config: Config,
    /// Where artifacts are kept.
    pub store: Store,
    /// What is to be computed.
    pub graph: Graph,
    /// Where the policy computes.
    pub device: Device,
}

impl Session {
    /// Opens the store of `config`, reads its seeds and problems and hashes its policy folder.
    ///
    /// # Errors
    /// An input that cannot be read or is not as it must be, a store that cannot be made.
    pub fn open(config: Config) -> Result<Self> {
        let device = device(&config.model.device, config.model.dtype, config.execution.threads)?;
        let root = PathBuf::from(&config.execution.store);
        // First of all: nothing is written beside the store of a newer program.
        let store = open(&root)?;
        let policy = builtin::resolve(&config.model.path, &root)?;
        if let Some(mistake) = dropped::mistake(&policy) {
            return Err(mistake.into());
        }
        let policy_digest = model_folder::digest(&policy)?.digest();
        let seeds = import::seeds(&builtin::resolve(&config.seeds.path, &root)?, &config.seeds)?;
        let problems = match config.eval.path.as_str() {
            "" => None,
            path => Some(import::problems(&builtin::resolve(path, &root)?, &config.eval)?),
        };

        let externals = Externals {
            policy: External {
                digest: policy_digest,
                path: policy,
            },
            seeds: put(&store, seeds)?,
            problems: problems.map(|rows| put(&store, rows)).transpose()?,
        };
        let graph = serl_stages::graph(&config, &externals)?;
        Ok(Self {
            config,
            store,
            graph,
            device,
        })
    }
}

/// The device `name`, multiplying in `dtype`, computing with so many threads; 0: one per core. Called before anything
/// is computed.
///
/// # Errors
/// An unknown device, threads that the system does not give.
pub fn device(name: &str, dtype: Dtype, threads: u32) -> Result<Device> {
    if threads > 0 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads as usize);
        pool.build_global()
            .with_context(|| format!("cannot start {threads} threads"))?;
    }
    Ok(Device::parse(name)?.with_dtype(dtype))
}

/// Opens the store under `root`, which must be there.
///
/// # Errors
/// There is none, or it cannot be opened.
pub fn existing(root: &Path) -> Result<Store> {
    if is_store(root) {
        return open(root);
    }
    let text = format!("there is no store in {}", root.display());
    let hint = "`serl run` makes one; name another folder with `--store DIR`";
    Err(Mistake::new(text, hint).into())
}

/// Whether there is a store under `root`, of whatever version.
pub fn is_store(root: &Path) -> bool {
    let is_version = |name: &str| name.strip_prefix('v').is_some_and(|n| n.parse::<u32>().is_ok());
    std::fs::read_dir(root).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().to_str().is_some_and(is_version))
    })
}

/// Opens the store under `root`.
///
/// # Errors
/// Its folders cannot be made.
fn open(root: &Path) -> Result<Store> {
    Store::open(root).with_context(|| format!("cannot open the store {}", root.display()))
}

fn put<T: Table>(store: &Store, rows: Vec<T>) -> Result<External> {
    let digest: Digest = store.objects().put_bytes(&table::encode(&[rows])?)?;
    Ok(External {
        digest,
        path: store.objects().path(&digest),
    })
}
