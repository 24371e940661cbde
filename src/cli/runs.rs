//! `serl runs`: lists the runs of a store.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use serl_pipeline::{RunState, RunUsage};

use crate::progress::duration;
use crate::report::{self, ReportRow};
use crate::session;
use crate::terminal::Terminal;

const AFTER: &str = "\
`own` is the size of what only this run needs, which `serl gc --drop-run NAME` would free; `shared`
is needed by other runs too. Outputs that `execution.keep_policies` did not keep are dropped: they
take no space, and the nodes that read them stay complete.

Examples:
  serl runs
  serl runs --json | jq -r '.[] | select(.state == \"interrupted\") | .name'";

/// List the runs with their progress and size
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct RunsArgs {
    /// Folder of the artifact store
    #[arg(long, value_name = "DIR", default_value = ".serl")]
    store: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(transparent)]
struct RunRow(RunUsage);

impl ReportRow for RunRow {
    fn header(_: &[Self]) -> Vec<String> {
        ["run", "state", "iterations", "nodes", "own", "shared", "last activity"]
            .map(String::from)
            .to_vec()
    }

    fn cells(&self) -> Vec<String> {
        let run = &self.0;
        let pinned = if run.pinned { ", pinned" } else { "" };
        vec![
            run.name.clone(),
            format!("{}{pinned}{}", state(&run.state), dropped(run.dropped)),
            format!("{}/{}", run.progress.iterations_done, run.progress.iterations),
            format!("{}/{}", run.nodes, run.progress.nodes),
            report::bytes(run.own_bytes),
            report::bytes(run.shared_bytes),
            ago(run.last_activity_unix),
        ]
    }
}

/// Prints the table.
pub(super) fn run(args: &RunsArgs, terminal: &Terminal) -> Result<()> {
    let store = session::existing(&args.store)?;
    let rows: Vec<RunRow> = serl_pipeline::runs(&store)?.into_iter().map(RunRow).collect();
    terminal.data(&report::shown(&rows, args.json)?)
}

fn state(state: &RunState) -> String {
    match state {
        RunState::Complete => "complete".to_owned(),
        RunState::Partial => "partial".to_owned(),
        RunState::Interrupted { node } => format!("interrupted at {node}"),
        RunState::Running { pid, host, node } => {
            let host = host
                .as_ref()
                .map(|host| format!(" on {}", host.escape_debug()))
                .unwrap_or_default();
            let node = node.as_ref().map(|node| format!(" at {node}")).unwrap_or_default();
            format!("running by {pid}{host}{node}")
        }
        RunState::Unreadable => "unreadable, see `serl fsck`".to_owned(),
    }
}

fn dropped(outputs: usize) -> String {
    match outputs {
        0 => String::new(),
        1 => ", 1 output dropped".to_owned(),
        n => format!(", {n} outputs dropped"),
    }
}

fn ago(unix: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    format!("{} ago", duration(now.saturating_sub(unix) as f64))
}
