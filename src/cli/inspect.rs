//! `serl inspect`: what a run made, read from its tables.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::report::{self, Run, drift, eval, r_mean};
use crate::terminal::Terminal;

const AFTER: &str = "\
Examples:
  serl inspect r-mean
  serl inspect drift --run quickstart --json
  serl inspect eval --store /data/serl";

/// Show r_mean, drift or evaluation of a run, one row per iteration
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct InspectArgs {
    #[command(subcommand)]
    what: What,
    /// Name of the run [default: the one written last]
    #[arg(long, global = true, value_name = "NAME")]
    run: Option<String>,
    /// Folder of the artifact store
    #[arg(long, global = true, value_name = "DIR", default_value = ".serl")]
    store: PathBuf,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum What {
    /// Agreement of the votes: quartiles and histogram of r_mean, share selected for training
    ///
    /// r_mean of an instruction is the share of its responses that gave the majority answer. The histogram counts
    /// instructions in ten equal bins from 0 to 1.
    RMean,
    /// Distance of the kept instructions from the seeds: similarity, lengths, duplicates, divergence
    Drift,
    /// Pass@1, Pass@k and Maj@k on the held-out problems
    Eval,
}

/// Prints the rows.
pub(super) fn run(args: &InspectArgs, terminal: &Terminal) -> Result<()> {
    let run = Run::open(&args.store, args.run.as_deref())?;
    terminal.note(&format!("run `{}` in {}", run.name(), args.store.display()));
    let text = match args.what {
        What::RMean => report::shown(&r_mean::rows(&run)?, args.json)?,
        What::Drift => drift::shown(&drift::rows(&run)?, args.json)?,
        What::Eval => report::shown(&eval::rows(&run)?, args.json)?,
    };
    Ok(terminal.data(&text)?)
}
