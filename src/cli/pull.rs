//! `serl pull`: brings runs here from the remote.

use anyhow::Result;
use clap::Args;
use serl_pipeline::Store;

use super::stored::{RemoteArg, StoreArg};
use super::transfer::{left, summary, with_progress};
use crate::place::Place;
use crate::session;
use crate::terminal::Terminal;

const AFTER: &str = "\
`serl run` brings what it needs here by itself if `execution.remote` is set. `serl pull` brings
whole runs, to look at them: `serl runs`, `check`, `report` and all others then read them here.

Examples:
  serl pull
  serl pull s1 s2 --remote s3://bucket/serl";

/// Bring runs here that other machines have sent to the remote
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct PullArgs {
    /// Runs [default: all runs of the remote]
    #[arg(value_name = "RUN")]
    runs: Vec<String>,
    #[command(flatten)]
    remote: RemoteArg,
    #[command(flatten)]
    store: StoreArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Brings the runs here, and says what could not be brought.
pub(super) fn run(args: &PullArgs, terminal: &Terminal) -> Result<()> {
    let link = args.remote.open()?;
    let names = match args.runs.is_empty() {
        true => serl_pipeline::remote_runs(&link)?,
        false => args.runs.clone(),
    };
    let root = args.store.path()?;
    let store = session::make(&root)?;
    let report = with_progress("pull", terminal, |cancel, tell| {
        serl_pipeline::pull(&store, &link, &names, cancel, tell)
    })?;
    report.runs.iter().try_for_each(|name| show(&store, name))?;
    if args.json {
        terminal.data(&serde_json::to_string_pretty(&report)?)?;
    }
    let place = root.display().to_string();
    terminal.note(&summary(
        report.runs.len(),
        report.nodes,
        &place,
        report.bytes,
        "were fetched",
    ));
    let lacks = left(
        &report.lacking,
        "the remote does not have all of",
        "run it again on the machine that has it, or `serl push` it from there",
    );
    match lacks {
        Some(finding) => Err(finding.into()),
        None => Ok(()),
    }
}

/// Makes the human-readable view of a run.
fn show(store: &Store, name: &str) -> Result<()> {
    let record = store.run_record(name)?;
    for (id, key) in record.iter().flat_map(|record| &record.nodes) {
        if let (Some(place), Some(manifest)) = (Place::of(id), store.manifest(key)?) {
            store.show(name, place.iteration, &place.stage, place.round, &manifest)?;
        }
    }
    Ok(())
}
