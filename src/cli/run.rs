//! `serl run`: the SeRL loop.

mod output;
mod wait;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serl_pipeline::{CancelFlag, Event, NodeId, Observer, RunError, RunOptions, RunReport, Selection};
use serl_stages::{StageError, StageRunner};

use super::fsck::without_locks;
use super::plan;
use super::profile::ProfileArgs;
use super::span::span;
use super::target::Target;
use crate::command_line;
use crate::events::{Recorded, Sink, Stderr, Stream};
use crate::failure::{Interrupted, bad_object};
use crate::interrupt;
use crate::progress::{self, Display, NodeProgress};
use crate::samplers::samplers;
use crate::session::{Purpose, Session};
use crate::tensorboard::Writer;
use crate::terminal::Terminal;
use crate::watch::Watcher;

const AFTER: &str = "\
Without `-c`, `serl run` takes `serl.toml` from the current folder or the nearest one above it, and
runs the embedded quickstart if there is none. `section.key=value` overrides a setting; quote lists
and texts with spaces. Paths are relative to the current folder, those in a `serl.toml` that was
found above it to the folder of that file. Nothing that is in the store is computed again: the same
command continues a run that was stopped, and does nothing if the run is complete.

`--node` runs single nodes, for schedulers that spread a run over machines with one store. Its exit
code is 3 if other nodes must run first.

Examples:
  serl run
  serl run seed=2 train.lr=2e-4 'train.bounds=[0.1, 0.9]'
  serl run --stage filter
  serl run --stage train --iteration 2 --round 0
  serl run --node 1/vote.0 --wait
  serl run --dry-run vote.n=8
  serl run -c configs/smollm2-135m.toml model.path=DIR seeds.path=my_seeds.jsonl";

/// Run SeRL: generate, filter, vote, train, evaluate
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct RunArgs {
    #[command(flatten)]
    target: Target,
    /// With `--node`: wait until what the nodes need is there, for this long (`90s`, `30m`, `2h`) or without end
    #[arg(
        long,
        value_name = "TIME",
        num_args = 0..=1,
        require_equals = true,
        value_parser = span,
        requires = "nodes",
        conflicts_with = "dry_run"
    )]
    wait: Option<Option<Duration>>,
    /// Show what would run and why, without running it
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// How to tell what happens: `text`, or `json` for a JSON object per line on stderr
    #[arg(long, value_name = "FORMAT", default_value = "text", hide_possible_values = true)]
    log_format: LogFormat,
    /// Write event files for TensorBoard to DIR/NAME, `name` of the configuration, while it runs
    #[arg(long, value_name = "DIR")]
    tensorboard: Option<PathBuf>,
    #[command(flatten)]
    profile: ProfileArgs,
}

/// How a run tells what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// For people: bars on a terminal, lines elsewhere.
    Text,
    /// The stream of the run.
    Json,
}

impl RunArgs {
    /// Whether messages are lines of JSON.
    pub(super) fn tells_json(&self) -> bool {
        self.log_format == LogFormat::Json
    }
}

/// Runs SeRL, or shows what would run.
pub(super) fn run(args: &RunArgs, terminal: &Terminal) -> Result<()> {
    args.profile.around(terminal, || run_or_show(args, terminal))
}

fn run_or_show(args: &RunArgs, terminal: &Terminal) -> Result<()> {
    let purpose = if args.dry_run { Purpose::Plan } else { Purpose::Run };
    args.target.tell_source(terminal);
    let session = args.target.session(purpose)?;
    session.details.iter().for_each(|detail| terminal.detail(detail));
    session.notes.iter().for_each(|note| terminal.note(note));
    let selection = args.target.selection(&session.graph)?;
    if args.dry_run {
        return plan::show(&session, &selection, false, args.json, terminal);
    }
    if !session.store.objects().has_locks() {
        terminal.note(&without_locks(session.config.execution.store.as_ref()));
    }
    let started = Instant::now();
    let sinks = sinks(&session, args.tensorboard.as_deref(), terminal)?;
    let (stream, trouble) = Stream::open(&session.store, &session.config.name, sinks);
    trouble.iter().for_each(|trouble| terminal.note(trouble));
    let stream = Arc::new(stream);
    let display: Arc<dyn Display> = Arc::new(Recorded {
        shown: progress::display(terminal),
        stream: Arc::clone(&stream),
    });
    let cancel = interrupt::listen(
        Arc::clone(&display),
        "finishing and saving the group in progress",
        format!(
            "the group in progress is lost, what was saved before is kept\n\nto continue: {}",
            command_line::given()
        ),
    )?;
    if let Some(patience) = args.wait {
        wait::until_ready(&session, &selection, patience, &*display, &cancel)?;
    }
    // A store that cannot be planned on is told of by the run.
    let retention = serl_stages::retention(&session.config);
    if let Ok(planned) = serl_pipeline::plan(
        &session.store,
        &session.graph,
        &selection,
        &session.config.name,
        &retention,
    ) {
        plan::tell(&session.estimate(&planned), terminal);
        plan::warn_of_memory(&session, &planned, terminal)?;
    }
    let executed = execute(&session, &selection, &display, &stream, &cancel);
    stream.troubles().iter().for_each(|trouble| terminal.note(trouble));
    let report = executed?;
    if !args.target.nodes.is_empty() {
        return output::tell_nodes(&session, &report, started.elapsed(), args.json, terminal);
    }
    let tell = |report: &RunReport| {
        let source = args.target.source();
        output::tell(&session, report, started.elapsed(), &source, args.json, terminal)
    };
    let told = tell(&report);
    let Some(digest) = told.as_ref().err().and_then(bad_object) else {
        return told;
    };
    // Cached nodes are first read for the final table; what then turns out to be damaged is rebuilt.
    let path = session.store.objects().path(&digest);
    terminal.note(&format!("{} is damaged and will be rebuilt", path.display()));
    session.store.objects().quarantine(&digest)?;
    tell(&execute(&session, &selection, &display, &stream, &cancel)?)
}

/// Where the stream goes besides its file.
fn sinks(session: &Session, tensorboard: Option<&Path>, terminal: &Terminal) -> Result<Vec<Box<dyn Sink>>> {
    let mut sinks: Vec<Box<dyn Sink>> = Vec::new();
    if terminal.json && !terminal.quiet {
        sinks.push(Box::new(Stderr));
    }
    if let Some(folder) = tensorboard {
        let name = &session.config.name;
        // What an earlier `serl run` measured is shown with what this one will.
        let mut watcher = Watcher::of(session.store.clone(), name);
        let writer = Writer::begin(folder, name, watcher.ledger()?.clone());
        let writer = writer.with_context(|| format!("cannot write event files to {}", folder.display()))?;
        sinks.push(Box::new(writer));
    }
    Ok(sinks)
}

fn execute(
    session: &Session,
    selection: &Selection,
    display: &Arc<dyn Display>,
    stream: &Stream,
    cancel: &CancelFlag,
) -> Result<RunReport> {
    let nodes = selection.resolve(&session.graph)?;
    let nodes: Vec<NodeId> = nodes.into_iter().map(|node| node.id.clone()).collect();
    stream.started(session.device.describe(), nodes);
    let options = RunOptions {
        name: session.config.name.clone(),
        config: serde_json::to_value(&session.config)?,
        versions: BTreeMap::from([("serl".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]),
        device: session.device.describe(),
        retention: serl_stages::retention(&session.config),
    };
    let shown = Arc::clone(display);
    let notes = Arc::new(move |note: &str| shown.line(note));
    let source = samplers(&session.config, &session.device, &session.store, notes)?;
    let mut runner = StageRunner::new(session.config.execution.clone(), source);
    let progress = NodeProgress::new(Arc::clone(display));
    let observer = Both(&progress, stream);
    let ended = serl_pipeline::run(
        &session.store,
        &session.graph,
        selection,
        &mut runner,
        &observer,
        cancel,
        &options,
    );
    match ended {
        Ok(report) => {
            stream.finished(&report);
            Ok(report)
        }
        Err(error) => {
            display.stop();
            match &error {
                RunError::Interrupted { node } => stream.interrupted(node),
                RunError::Node { node, .. } => stream.failed(Some(node), &error.to_string()),
                RunError::Pipeline(_) => stream.failed(None, &error.to_string()),
            }
            Err(told(error, &progress))
        }
    }
}

/// Tells two observers everything.
struct Both<'a>(&'a dyn Observer, &'a dyn Observer);

impl Observer for Both<'_> {
    fn on_event(&self, event: &Event<'_>) {
        self.0.on_event(event);
        self.1.on_event(event);
    }
}

fn told(error: RunError<StageError>, observer: &NodeProgress) -> anyhow::Error {
    match error {
        RunError::Interrupted { node } => Interrupted {
            saved: match observer.reached(&node) {
                Some(reached) => format!("saved: all nodes before {node}, and {reached} of it"),
                None => format!("saved: all nodes before {node}, and what it had saved already"),
            },
            command: Some(command_line::given()),
        }
        .into(),
        RunError::Pipeline(error) => error.into(),
        failed @ RunError::Node { .. } => failed.into(),
    }
}
