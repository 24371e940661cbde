//! `serl explain`: everything known about one node.

use anyhow::{Context, Result};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use serl_pipeline::{NodeId, PlannedNode, RunRecord, Selection};
use serl_stages::config::Config;

use super::stored::StoreArg;
use crate::candidates;
use crate::failure::Mistake;
use crate::lookup::{Archive, looks_like_key, nodes_hint};
use crate::report::Form;
use crate::report::explain::{self, Subject};
use crate::session::{Purpose, Session};
use crate::terminal::Terminal;

const AFTER: &str = "\
The reasons name what changed since the run's previous version of this node or, if it had none,
since the most similar node in the store. Whether the node would run now is planned with the
configuration that the run was last started with.

Examples:
  serl explain 1/vote.0
  serl explain 1/train.0 --run quickstart --json
  serl explain 3fa85c";

/// Show a node's inputs and settings, its outputs, and why it ran
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct ExplainArgs {
    /// Node of a run, such as `1/vote.0`, or the first digits of its key
    #[arg(value_name = "NODE", add = ArgValueCompleter::new(candidates::nodes))]
    node: String,
    /// Name of the run [default: the most recent]
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(candidates::runs))]
    run: Option<String>,
    #[command(flatten)]
    store: StoreArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Finds the node and prints what is known about it.
pub(super) fn run(args: &ExplainArgs, terminal: &Terminal) -> Result<()> {
    let archive = Archive::open(&args.store.path()?)?;
    let subject = find(args, &archive, terminal)?;
    terminal.data(&explain::shown(
        &archive,
        &subject,
        Form::new(args.json, terminal.columns()),
    )?)
}

fn find(args: &ExplainArgs, archive: &Archive, terminal: &Terminal) -> Result<Subject> {
    if looks_like_key(&args.node) {
        let key = archive.key(&args.node)?;
        let claim = archive.claim(&key, args.run.as_deref());
        let planned = claim.as_ref().and_then(|(record, id)| now(args, record, id, terminal));
        let manifest = archive.store.manifest(&key)?;
        return Ok(Subject {
            claim,
            manifest,
            planned,
        });
    }
    let record = archive.run(args.run.as_deref())?;
    let id = NodeId::new(args.node.as_str());
    let planned = now(args, &record, &id, terminal);
    let manifest = match record.nodes.get(&id) {
        Some(key) => archive.store.manifest(key)?,
        None => None,
    };
    if manifest.is_none() && planned.is_none() {
        let text = format!("run `{}` has no node `{id}`", record.name);
        return Err(Mistake::new(text, nodes_hint(&record, id.as_str())).into());
    }
    Ok(Subject {
        claim: Some((record, id)),
        manifest,
        planned,
    })
}

/// What a run with the recorded configuration would do with the node. If the configuration's files are gone, prints a
/// note instead of failing, so that the rest is still shown.
fn now(args: &ExplainArgs, record: &RunRecord, id: &NodeId, terminal: &Terminal) -> Option<PlannedNode> {
    match plan(args, record) {
        Ok(planned) => planned.into_iter().find(|node| node.id == *id),
        Err(error) => {
            terminal.note(&format!("cannot tell whether it would run now: {error:#}"));
            None
        }
    }
}

fn plan(args: &ExplainArgs, record: &RunRecord) -> Result<Vec<PlannedNode>> {
    let mut config: Config = serde_json::from_value(record.config.clone())
        .with_context(|| format!("the recorded configuration of run `{}`", record.name))?;
    // The store may have moved since.
    config.execution.store = args.store.path()?.display().to_string();
    let session = Session::open(config, Purpose::Plan)?;
    let everything = Selection::default();
    Ok(serl_pipeline::plan(
        &session.store,
        &session.graph,
        &everything,
        &record.name,
        &serl_stages::retention(&session.config),
    )?)
}
