//! `serl push`: sends runs to the remote.

use anyhow::Result;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use super::stored::{RemoteArg, StoreArg};
use super::transfer::{left, summary, with_progress};
use crate::terminal::Terminal;
use crate::{candidates, session};

const AFTER: &str = "\
`serl run` sends what it computes by itself if `execution.remote` is set. `serl push` sends the
rest: runs that were made before it was set, or without a network. What the remote has is not sent
again.

Examples:
  serl push
  serl push s1 s2 --remote s3://bucket/serl
  serl push --remote /mnt/shared/serl";

/// Send runs to the remote, for other machines
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct PushArgs {
    /// Runs [default: all runs of the store]
    #[arg(value_name = "RUN", add = ArgValueCompleter::new(candidates::runs))]
    runs: Vec<String>,
    #[command(flatten)]
    remote: RemoteArg,
    #[command(flatten)]
    store: StoreArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Sends the runs, and says what could not be sent.
pub(super) fn run(args: &PushArgs, terminal: &Terminal) -> Result<()> {
    let link = args.remote.open()?;
    let store = session::existing(&args.store.path()?)?;
    let names = match args.runs.is_empty() {
        true => store.run_names()?,
        false => args.runs.clone(),
    };
    let report = with_progress("push", terminal, |cancel, tell| {
        serl_pipeline::push(&store, &link, &names, cancel, tell)
    })?;
    if args.json {
        terminal.data(&serde_json::to_string_pretty(&report)?)?;
    }
    let place = link.remote().place();
    terminal.note(&summary(
        report.runs.len(),
        report.nodes,
        place,
        report.bytes,
        "were sent",
    ));
    let differs = left(
        &report.differing,
        "another machine was first, with other outputs, to compute",
        "run it again with `execution.remote` set: it goes on with those",
    );
    let lacks = left(
        &report.lacking,
        "the store does not have all of",
        "run it again: what is missing or damaged is made again; `serl fsck` tells what that is",
    );
    match differs.or(lacks) {
        Some(finding) => Err(finding.into()),
        None => Ok(()),
    }
}
