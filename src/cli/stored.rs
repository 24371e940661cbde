//! The store and the run that a command reads.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

use crate::failure::Mistake;
use crate::report::StoredRun;
use crate::terminal::Terminal;

/// The store of a command.
#[derive(Debug, Args)]
pub(super) struct StoreArg {
    /// Folder of the artifact store
    #[arg(
        id = "store",
        long = "store",
        global = true,
        value_name = "DIR",
        env = "SERL_STORE",
        hide_env = true,
        default_value = ".serl"
    )]
    pub(super) path: PathBuf,
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
