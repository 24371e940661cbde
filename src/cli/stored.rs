//! The store and the run that a command reads.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use serl_remote::Link;
use serl_stages::config::DEFAULT_STORE;

use crate::failure::Mistake;
use crate::remote;
use crate::report::StoredRun;
use crate::settings::project;
use crate::terminal::Terminal;

/// The store of a command.
#[derive(Debug, Args)]
pub(super) struct StoreArg {
    /// Folder of the artifact store [default: that of `serl.toml` here or in a folder above, otherwise .serl]
    #[arg(
        id = "store",
        long = "store",
        global = true,
        value_name = "DIR",
        env = "SERL_STORE",
        hide_env = true
    )]
    given: Option<PathBuf>,
}

impl StoreArg {
    /// The store: the one that was named, that of the project, or the default one.
    ///
    /// # Errors
    /// The project's `serl.toml` cannot be read.
    pub(super) fn path(&self) -> Result<PathBuf> {
        match &self.given {
            Some(given) => Ok(given.clone()),
            None => Ok(project::store()?.unwrap_or_else(|| DEFAULT_STORE.into())),
        }
    }
}

/// The remote of a command.
#[derive(Debug, Args)]
pub(super) struct RemoteArg {
    /// Where machines share: `s3://BUCKET/PREFIX`, or a folder [default: that of `serl.toml` here or in a folder above]
    #[arg(
        id = "remote",
        long = "remote",
        value_name = "REMOTE",
        env = "SERL_REMOTE",
        hide_env = true
    )]
    given: Option<String>,
}

impl RemoteArg {
    /// The remote: the one that was named, or that of the project.
    ///
    /// # Errors
    /// There is none, or it is not one.
    pub(super) fn open(&self) -> Result<Link> {
        remote::named(self.given.as_deref())
    }
}

/// Run `name` of the store under `root`, or the most recent one.
///
/// # Errors
/// There is no such run, or its record cannot be read.
pub(super) fn open(root: &Path, name: Option<&str>, terminal: &Terminal) -> Result<StoredRun> {
    let run = StoredRun::open(root, name)?;
    terminal.note(&format!("run `{}` in {}", run.name(), root.display()));
    warn_of_stale(&run, terminal);
    Ok(run)
}

/// As [`open`], the runs `names`; the most recent one if there are none.
///
/// # Errors
/// A run is named twice, or as for [`open`].
pub(super) fn open_all(root: &Path, names: &[String], terminal: &Terminal) -> Result<Vec<StoredRun>> {
    refuse_twice(names)?;
    match names {
        [] => Ok(vec![open(root, None, terminal)?]),
        names => names.iter().map(|name| open(root, Some(name), terminal)).collect(),
    }
}

/// Says that a run has nodes of several settings, so that its figures do not belong together.
pub(super) fn warn_of_stale(run: &StoredRun, terminal: &Terminal) {
    if run.stale() > 0 {
        let nodes = if run.stale() == 1 { "node" } else { "nodes" };
        terminal.note(&format!(
            "{} {nodes} of it are stale: made with other settings than those it was last run with; `serl run` without \
             `--stage` and `--iteration` makes them anew",
            run.stale()
        ));
    }
}

/// Refuses a run that is named twice: it would make intervals narrower than they are.
///
/// # Errors
/// A name stands twice in `names`.
pub(super) fn refuse_twice(names: &[String]) -> Result<()> {
    let twice = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
    twice.map_or(Ok(()), |(_, name)| {
        Err(Mistake::new(format!("run `{name}` is named twice"), "name each run once").into())
    })
}
