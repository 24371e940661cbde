//! `serl metrics`: what was measured in a run, step by step.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use super::stored::StoreArg;
use crate::candidates;
use crate::report::{self, Form, metrics};
use crate::tensorboard::Writer;
use crate::terminal::Terminal;
use crate::watch::{Watcher, find};

const AFTER: &str = "\
A row is an optimizer step, or a node that is complete; `global_step` counts steps through the run.
Names are those of TRL where TRL has one; docs/src/events.md lists them. The table shows some metrics,
`--csv` and `--json` have all. `serl run` writes the same to `metrics.jsonl` in the run's folder.

Examples:
  serl metrics
  serl metrics quickstart --csv > metrics.csv
  serl metrics quickstart --tensorboard logs && tensorboard --logdir logs";

/// Print what was measured step by step, or write it for TensorBoard
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct MetricsArgs {
    /// Name of the run [default: one in progress, or the most recent]
    #[arg(value_name = "RUN", add = ArgValueCompleter::new(candidates::runs))]
    run: Option<String>,
    /// Write event files to DIR/RUN instead
    #[arg(long, value_name = "DIR", conflicts_with_all = ["csv", "json"])]
    tensorboard: Option<PathBuf>,
    /// Print CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    store: StoreArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints or writes the metrics.
pub(super) fn run(args: &MetricsArgs, terminal: &Terminal) -> Result<()> {
    let (store, name) = find(&args.store.path()?, args.run.as_deref())?;
    let mut watcher = Watcher::of(store, &name);
    let ledger = watcher.ledger()?;
    if let Some(folder) = &args.tensorboard {
        let begun = Writer::begin(folder, &name, ledger.clone());
        let what = || format!("cannot write event files to {}", folder.display());
        let mut writer = begun.with_context(what)?;
        writer.write_known().with_context(what)?;
        terminal.note(&format!("run `{name}` is in {}", writer.path().display()));
        terminal.note(&format!("look at it: tensorboard --logdir {}", folder.display()));
        return Ok(());
    }
    let mut rows = metrics::rows(ledger);
    let form = match args.csv {
        true => Form::Csv,
        false => Form::new(args.json, terminal.columns()),
    };
    if matches!(form, Form::Table(_)) {
        rows.retain(metrics::MetricsRow::is_shown);
    }
    terminal.data(&report::shown(&rows, form)?)
}
