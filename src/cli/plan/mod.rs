//! `serl plan`: shows what `serl run` would do, and why.

mod estimate;

use anyhow::Result;
use clap::Args;
use serl_pipeline::{PipelineError, PlannedNode, Selection};

use self::estimate::EstimateArgs;
use super::target::Target;
use crate::estimate::{Estimate, told, warning};
use crate::memory::free;
use crate::remote;
use crate::report::{Form, memory, plan};
use crate::session::{Purpose, Session};
use crate::terminal::Terminal;

const AFTER: &str = "\
Takes the arguments of `serl run` and plans as it does; `serl run --dry-run` prints the same.
Nothing is computed and no run is changed. Each node is compared with the run's previous version of
it or, if there was none, with the most similar node in the store. With `--json`, each node has the
nodes that it reads and what it needs: schedulers can run them with `serl run --node`.

With `--estimate`, the numbers of the whole run on GPUs, computed from the shape of its model.

Examples:
  serl plan
  serl plan 'train.bounds=[0.1, 0.9]'
  serl plan --all vote.n=8
  serl plan -c configs/mine.toml --iteration 1 --json
  serl plan --estimate --gpu h200 --response-tokens 450 --selected 60";

/// Show what a run would compute and why, without computing it
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct PlanArgs {
    #[command(flatten)]
    target: Target,
    /// List every node with its reasons, also those that only follow from another node
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    estimate: EstimateArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the plan.
pub(super) fn run(args: &PlanArgs, terminal: &Terminal) -> Result<()> {
    args.target.tell_source(terminal);
    if args.estimate.estimate {
        return estimate::show(&args.estimate, args.target.unseeded()?, args.json, terminal);
    }
    let session = args.target.session(Purpose::Plan)?;
    session.details.iter().for_each(|detail| terminal.detail(detail));
    session.notes.iter().for_each(|note| terminal.note(note));
    let selection = args.target.selection(&session.graph)?;
    show(&session, &selection, args.all, args.json, terminal)
}

/// Plans and prints; the text form has the causes first, then the nodes: `all` with their reasons, or folded.
pub(super) fn show(session: &Session, selection: &Selection, all: bool, json: bool, terminal: &Terminal) -> Result<()> {
    let name = &session.config.name;
    if let Err(PipelineError::Json { path, .. }) = session.store.run_record(name) {
        let path = path.display();
        terminal.note(&format!(
            "{path} is damaged: `serl run` quarantines it and finds its nodes again"
        ));
    }
    let retention = serl_stages::retention(&session.config);
    let planned = serl_pipeline::plan(&session.store, &session.graph, selection, name, &retention)?;
    let estimate = session.estimate(&planned);
    remote::trouble(&session.store)
        .iter()
        .for_each(|trouble| terminal.note(trouble));
    terminal.note(&plan::summary(&planned));
    tell(&estimate, terminal);
    let peaks = plan::peaks(&planned, &session.graph, &session.device, &session.planner)?;
    note(&memory::told(&peaks, session.planner.machine.accelerator), terminal);
    warn_of_memory(session, &planned, terminal)?;
    terminal.data(&plan::shown(
        &planned,
        &session.graph,
        &estimate,
        &session.device,
        &session.planner,
        all,
        Form::new(json, terminal.columns()),
    )?)
}

/// Says how much there is to do, and warns of many hours.
pub(super) fn tell(estimate: &Estimate, terminal: &Terminal) {
    note(&told(estimate), terminal);
    note(&warning(estimate).unwrap_or_default(), terminal);
}

/// Warns of nodes that need more memory than this machine has left; how much a device has is not known.
///
/// # Errors
/// A node that is not one of this version.
pub(super) fn warn_of_memory(session: &Session, planned: &[PlannedNode], terminal: &Terminal) -> Result<()> {
    if let Some(free) = free().filter(|_| !session.planner.machine.accelerator) {
        let peaks = plan::peaks(planned, &session.graph, &session.device, &session.planner)?;
        note(&memory::warning(&peaks, free).unwrap_or_default(), terminal);
    }
    Ok(())
}

/// Tells a sentence, if there is one.
fn note(line: &str, terminal: &Terminal) {
    match line {
        "" => {}
        line if terminal.json => terminal.note(line),
        line => terminal.note(&textwrap::fill(line, terminal.width())),
    }
}
