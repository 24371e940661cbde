//! `serl runs`: lists the runs of a store.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use serl_pipeline::{RunState, RunUsage};

use super::stored::StoreArg;
use crate::progress::duration;
use crate::report::{self, Form, ReportRow, StoredRun, eval, percent};
use crate::session;
use crate::terminal::Terminal;

const AFTER: &str = "\
`own` is the size of what only this run needs, which `serl gc --drop-run NAME` would free;
`shared` is needed by other runs too. Outputs that `execution.keep_policies` did not keep are
dropped: they take no space, and the nodes that read them stay complete. Nodes are stale if they
were made with other settings than those that the run was last run with.

Examples:
  serl runs
  serl runs --json | jq -r '.[] | select(.state == \"interrupted\") | .name'";

/// List the runs with their progress and size
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct RunsArgs {
    #[command(flatten)]
    store: StoreArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct RunRow {
    #[serde(flatten)]
    usage: RunUsage,
    /// Pass@1 of the policy that it started from, on all held-out problems.
    pass_at_1_first: Option<f64>,
    /// Pass@1 of its newest measured policy.
    pass_at_1_last: Option<f64>,
}

impl RunRow {
    fn of(usage: RunUsage, store: &Path) -> Self {
        // A run that cannot be read is listed all the same.
        let ends = StoredRun::open(store, Some(&usage.name)).and_then(|run| eval::first_and_last(&run));
        let (first, last) = ends.unwrap_or_default();
        Self {
            usage,
            pass_at_1_first: first,
            pass_at_1_last: last,
        }
    }

    fn pass_at_1(&self) -> String {
        let told = [self.pass_at_1_first, self.pass_at_1_last]
            .into_iter()
            .flatten()
            .map(percent);
        match told.collect::<Vec<_>>().join(" → ") {
            none if none.is_empty() => "-".to_owned(),
            told => told,
        }
    }
}

impl ReportRow for RunRow {
    fn header(_: &[Self]) -> Vec<String> {
        [
            "run",
            "state",
            "iterations",
            "nodes",
            "Pass@1",
            "own",
            "shared",
            "last activity",
        ]
        .map(String::from)
        .to_vec()
    }

    fn dispensable() -> &'static [&'static str] {
        &["shared", "own", "last activity", "nodes"]
    }

    fn cells(&self) -> Vec<String> {
        let run = &self.usage;
        let pinned = if run.pinned { ", pinned" } else { "" };
        vec![
            run.name.clone(),
            format!(
                "{}{}{pinned}{}",
                state(&run.state),
                stale(run.stale),
                dropped(run.dropped)
            ),
            format!("{}/{}", run.progress.iterations_done, run.progress.iterations),
            format!("{}/{}", run.nodes, run.progress.nodes),
            self.pass_at_1(),
            report::bytes(run.own_bytes),
            report::bytes(run.shared_bytes),
            ago(run.last_activity_unix),
        ]
    }
}

/// Prints the table.
pub(super) fn run(args: &RunsArgs, terminal: &Terminal) -> Result<()> {
    let root = args.store.path()?;
    let store = session::existing(&root)?;
    let runs = serl_pipeline::runs(&store)?.into_iter();
    let rows: Vec<RunRow> = runs.map(|run| RunRow::of(run, &root)).collect();
    terminal.data(&report::shown(&rows, Form::new(args.json, terminal.columns()))?)
}

fn state(state: &RunState) -> String {
    match state {
        RunState::Complete => "complete".to_owned(),
        RunState::Partial => "partial".to_owned(),
        RunState::Interrupted { node } => format!("interrupted at {node}"),
        RunState::Running { process, node } => {
            let node = node.as_ref().map(|node| format!(" at {node}")).unwrap_or_default();
            format!("running by {process}{node}")
        }
        RunState::Unreadable => "unreadable, see `serl fsck`".to_owned(),
    }
}

fn stale(nodes: usize) -> String {
    match nodes {
        0 => String::new(),
        1 => ", 1 node stale".to_owned(),
        n => format!(", {n} nodes stale"),
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
