//! `serl watch`: a run as its files show it.

use std::io::{self, IsTerminal};

use anyhow::Result;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use super::stored::StoreArg;
use crate::candidates;
use crate::terminal::Terminal;
use crate::watch::{Watcher, find, text};

const AFTER: &str = "\
Shows a run that any process runs, or a finished one, from its files alone: nodes, the one at work,
time left, curves, and what the tables say so far. Where standard output is no terminal, or with
`--once`, the overview is printed once.

Keys: Tab and arrows left and right turn pages, up and down scroll, q leaves.

Examples:
  serl watch
  serl watch quickstart --once
  serl watch --json | jq .remaining.seconds";

/// Follow a run: nodes, progress, time left, curves, warnings
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct WatchArgs {
    /// Name of the run [default: one in progress, or the most recent]
    #[arg(value_name = "RUN", add = ArgValueCompleter::new(candidates::runs))]
    run: Option<String>,
    /// Print the overview once
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    store: StoreArg,
    /// Print what is known as JSON, once
    #[arg(long)]
    json: bool,
}

/// Follows the run, or prints it.
pub(super) fn run(args: &WatchArgs, terminal: &Terminal) -> Result<()> {
    let (store, name) = find(&args.store.path()?, args.run.as_deref())?;
    let mut watcher = Watcher::of(store, &name);
    if args.json {
        return terminal.data(&serde_json::to_string_pretty(&watcher.look()?)?);
    }
    if args.once || !io::stdout().is_terminal() || !follows() {
        return terminal.data(&text(&watcher.look()?, terminal.width()));
    }
    follow(&mut watcher)
}

/// Whether this system's terminals can be followed.
fn follows() -> bool {
    cfg!(unix) && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

#[cfg(unix)]
fn follow(watcher: &mut Watcher) -> Result<()> {
    use crate::watch::{Colours, show};

    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let cancel = serl_pipeline::CancelFlag::new();
    let flag = cancel.clone();
    ctrlc::set_handler(move || flag.cancel())?;
    show(watcher, if plain { Colours::None } else { Colours::Some }, &cancel)
}

#[cfg(not(unix))]
fn follow(_watcher: &mut Watcher) -> Result<()> {
    Ok(())
}
