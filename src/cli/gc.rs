//! `serl gc`: removes what no run needs.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use serde::Serialize;
use serl_pipeline::{GcKind, GcOptions, GcReport, Tally};
use serl_remote::Link;

use super::span::span;
use super::stored::StoreArg;
use crate::candidates;
use crate::report::{self, Form, ReportRow};
use crate::terminal::Terminal;
use crate::{remote, session};

const AFTER: &str = "\
Everything that a run in the store consists of, a pin keeps, or an interrupted run has saved stays.
Without `--delete`, nothing is removed. Other runs may be in progress: whatever they have made since
they started stays, regardless of age.

With `--remote`, garbage is collected where machines share instead: what no run and no pin there
needs and nobody has written for a week, or as long as `--older-than` says. Give a day or more
unless all machines are idle.

Examples:
  serl gc
  serl gc --delete
  serl gc --drop-run trial --older-than 0s --delete
  serl gc --pin quickstart
  serl gc --quarantine --delete
  serl gc --remote --older-than 30d --delete";

/// List or remove what no run needs
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct GcArgs {
    /// Remove what is listed
    #[arg(long)]
    delete: bool,
    /// Spare what is younger: a number followed by `s`, `m`, `h` or `d` [default: 1h; 7d with `--remote`]
    #[arg(long, value_name = "AGE", value_parser = span)]
    older_than: Option<Duration>,
    /// Collect garbage in the remote instead: that of the configuration, or the one given as `--remote=REMOTE`
    #[arg(
        long,
        value_name = "REMOTE",
        num_args = 0..=1,
        require_equals = true,
        conflicts_with_all = ["quarantine", "drop_run", "pin", "unpin"]
    )]
    remote: Option<Option<String>>,
    /// Include what is in quarantine
    #[arg(long)]
    quarantine: bool,
    /// Forget this run, so that what only it needs can be removed; may be repeated
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(candidates::runs))]
    drop_run: Vec<String>,
    /// First, and immediately: keep this run as it is now, even if it changes or is dropped
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(candidates::runs))]
    pin: Vec<String>,
    /// First, and immediately: remove the pin of this run
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(candidates::runs))]
    unpin: Vec<String>,
    #[command(flatten)]
    store: StoreArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What is spared in the store, and in the remote, where machines may be at work that nobody sees.
const AGE: Duration = Duration::from_secs(3600);
const REMOTE_AGE: Duration = Duration::from_secs(7 * 86400);

/// Garbage of one kind, as a row of the table.
#[derive(Serialize)]
struct KindRow {
    kind: &'static str,
    count: usize,
    bytes: u64,
}

impl ReportRow for KindRow {
    fn header(_: &[Self]) -> Vec<String> {
        ["kind", "count", "size"].map(String::from).to_vec()
    }

    fn cells(&self) -> Vec<String> {
        vec![self.kind.to_owned(), self.count.to_string(), report::bytes(self.bytes)]
    }
}

/// Sets and removes pins, then lists or removes garbage.
pub(super) fn run(args: &GcArgs, terminal: &Terminal) -> Result<()> {
    if let Some(given) = &args.remote {
        return collect_remote(args, &remote::named(given.as_deref())?, terminal);
    }
    let store = session::existing(&args.store.path()?)?;
    for name in &args.pin {
        serl_pipeline::pin(&store, name)?;
        terminal.note(&format!("run `{name}` is pinned"));
    }
    for name in &args.unpin {
        serl_pipeline::unpin(&store, name)?;
        terminal.note(&format!("run `{name}` is no longer pinned"));
    }
    let options = GcOptions {
        older_than: args.older_than.unwrap_or(AGE),
        quarantine: args.quarantine,
        drop_runs: args.drop_run.clone(),
        delete: args.delete,
    };
    let report = serl_pipeline::gc(&store, &options)?;
    if args.json {
        terminal.data(&serde_json::to_string_pretty(&report)?)?;
    } else if !report.garbage.is_empty() {
        let rows: Vec<KindRow> = report.garbage.iter().map(row).collect();
        terminal.data(&report::shown(&rows, Form::Table(terminal.columns()))?)?;
    }
    terminal.note(&told(&report));
    Ok(())
}

/// Lists or removes garbage in the remote.
fn collect_remote(args: &GcArgs, link: &Link, terminal: &Terminal) -> Result<()> {
    let report = serl_pipeline::collect(link, args.older_than.unwrap_or(REMOTE_AGE), args.delete)?;
    if args.json {
        terminal.data(&serde_json::to_string_pretty(&report)?)?;
    }
    let (kept, place) = (report::bytes(report.kept_bytes), link.remote().place());
    let garbage = match (report.manifests + report.objects, report.deleted) {
        (0, _) => "nothing to remove".to_owned(),
        (_, deleted) => {
            let verb = if deleted {
                "were removed"
            } else {
                "can go; `--delete` removes them"
            };
            let (manifests, objects, bytes) = (report.manifests, report.objects, report::bytes(report.bytes));
            format!("{manifests} manifests and {objects} objects ({bytes}) {verb}")
        }
    };
    terminal.note(&format!("{garbage}\n{} objects ({kept}) stay in {place}", report.kept));
    Ok(())
}

fn row((kind, tally): (&GcKind, &Tally)) -> KindRow {
    let kind = match kind {
        GcKind::Record => "runs",
        GcKind::View => "links for people",
        GcKind::Manifest => "manifests",
        GcKind::Folder => "folders",
        GcKind::Object => "objects",
        GcKind::Work => "saved work",
        GcKind::Temporary => "half-written files",
        GcKind::Quarantine => "quarantine",
    };
    KindRow {
        kind,
        count: tally.count,
        bytes: tally.bytes,
    }
}

fn told(report: &GcReport) -> String {
    let bytes = report.garbage.values().map(|tally| tally.bytes).sum();
    let mut lines = vec![match (report.garbage.is_empty(), report.deleted) {
        (true, _) => "nothing to remove".to_owned(),
        (false, true) => format!("removed {}", report::bytes(bytes)),
        (false, false) => format!("{} can go; `--delete` removes it", report::bytes(bytes)),
    }];
    let kept = &report.kept;
    lines.push(format!(
        "{} objects ({}) are needed",
        kept.count,
        report::bytes(kept.bytes)
    ));
    if report.young.count > 0 {
        lines.push(format!(
            "{} ({}) that nobody needs is too young to go; see `--older-than`",
            report.young.count,
            report::bytes(report.young.bytes)
        ));
    }
    for live in &report.live {
        lines.push(format!(
            "run `{}` is going on in process {}; what it has made stays",
            live.run, live.process
        ));
    }
    lines.join("\n")
}
