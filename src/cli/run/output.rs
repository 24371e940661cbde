//! Output of `serl run`: the table of iterations, where the results are, and the next commands.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;
use serl_pipeline::{NodeReport, RunReport, Status};
use serl_stages::config::DEFAULT_STORE;
use serl_stages::{Evaluate, Filter, Stage, Vote};

use crate::command_line::quote;
use crate::progress::duration;
use crate::report::findings::{self, Finding};
use crate::report::iterations::{self, IterationRow};
use crate::report::{self, Form, StoredRun};
use crate::session::Session;
use crate::settings::{Source, project};
use crate::terminal::Terminal;

/// A finished run as JSON.
#[derive(Serialize)]
struct Summary {
    run: String,
    folder: PathBuf,
    policy: Option<PathBuf>,
    nodes: Vec<NodeRow>,
    iterations: Vec<IterationRow>,
    /// What the tables say, one finding each.
    findings: Vec<Finding>,
    /// What the user should know about the seeds and problems.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

/// A node as JSON: the name of each output and the digest of its content.
#[derive(Serialize)]
struct NodeRow {
    id: String,
    status: &'static str,
    seconds: f64,
    outputs: BTreeMap<String, String>,
}

impl From<&NodeReport> for NodeRow {
    fn from(node: &NodeReport) -> Self {
        let status = match node.status {
            Status::Cached => "cached",
            Status::Ran => "ran",
        };
        let outputs = node
            .outputs
            .iter()
            .map(|(name, output)| (name.clone(), output.digest.to_string()))
            .collect();
        Self {
            id: node.id.to_string(),
            status,
            seconds: node.seconds,
            outputs,
        }
    }
}

/// Prints the result of a run; `source` is its configuration.
pub(super) fn tell(
    session: &Session,
    report: &RunReport,
    took: Duration,
    source: &Source,
    json: bool,
    terminal: &Terminal,
) -> Result<()> {
    let name = &session.config.name;
    let nodes = report.nodes.iter().map(|node| (&node.id, &node.key));
    let run = StoredRun::of(&session.store, name, nodes)?;
    let rows = iterations::rows(&run)?;
    let found = findings::of(&run)?;
    terminal.note(&counted(report, took));
    if json {
        let nodes = report.nodes.iter().map(NodeRow::from).collect();
        let summary = Summary {
            run: name.clone(),
            folder: run.folder(),
            policy: run.policy(),
            nodes,
            iterations: rows,
            findings: found,
            notes: session.notes.clone(),
        };
        terminal.data(&serde_json::to_string_pretty(&summary)?)?;
    } else {
        terminal.data(&report::shown(&rows, Form::Table(terminal.columns()))?)?;
        if let Some(caption) = iterations::caption(&rows) {
            let fitted = |columns| textwrap::fill(&caption, columns);
            terminal.data(&terminal.columns().map_or_else(|| caption.clone(), fitted))?;
        }
        terminal.data(&format!("\n{}", findings::brief(&found, terminal.width())))?;
    }
    terminal.note(&directions(&run, session, source, terminal.columns()));
    Ok(())
}

/// Prints the result of a run of single nodes: the figures of the run may not be there yet.
pub(super) fn tell_nodes(
    session: &Session,
    report: &RunReport,
    took: Duration,
    json: bool,
    terminal: &Terminal,
) -> Result<()> {
    terminal.note(counted(report, took).trim_end());
    if !json {
        return Ok(());
    }
    let nodes = report.nodes.iter().map(|node| (&node.id, &node.key));
    let run = StoredRun::of(&session.store, &session.config.name, nodes)?;
    let summary = Summary {
        run: session.config.name.clone(),
        folder: run.folder(),
        policy: run.policy(),
        nodes: report.nodes.iter().map(NodeRow::from).collect(),
        iterations: Vec::new(),
        findings: Vec::new(),
        notes: session.notes.clone(),
    };
    terminal.data(&serde_json::to_string_pretty(&summary)?)
}

fn counted(report: &RunReport, took: Duration) -> String {
    let (ran, cached) = (report.count(Status::Ran), report.count(Status::Cached));
    match (ran, cached) {
        (0, n) => format!("all {n} nodes cached, nothing to do\n"),
        (n, 0) => format!("{n} nodes in {}\n", duration(took.as_secs_f64())),
        (n, m) => format!("{n} nodes in {}, {m} cached\n", duration(took.as_secs_f64())),
    }
}

/// Where the results are, and the next commands.
fn directions(run: &StoredRun, session: &Session, source: &Source, columns: Option<usize>) -> String {
    let mut lines = vec![format!("\nartifacts  {}", run.folder().display())];
    let store = match session.config.execution.store.as_str() {
        store if project::store().ok().flatten().unwrap_or(DEFAULT_STORE.into()) == Path::new(store) => String::new(),
        other => format!(" --store {}", quote(other)),
    };
    let name = run.name();
    let views = [
        (Evaluate::NAME, format!("serl check {name}{store}")),
        (Vote::NAME, format!("serl show {name} --sort disagreement{store}")),
        (Evaluate::NAME, format!("serl report {name}{store}")),
        (Filter::NAME, format!("serl inspect drift --run {name}{store}")),
        (Vote::NAME, format!("serl inspect r-mean --run {name}{store}")),
    ];
    let mut next: Vec<String> = views
        .into_iter()
        .filter(|(stage, _)| run.nodes_of(stage).next().is_some())
        .map(|(_, command)| command)
        .collect();
    if let Some(policy) = run.policy() {
        lines.push(format!("policy     {}", policy.display()));
        let problems = match session.config.eval.path.as_str() {
            "" => "PROBLEMS.jsonl",
            path => path,
        };
        let words = [
            "serl eval".to_owned(),
            quote(&policy.to_string_lossy()),
            quote(problems),
            format!("-c {}", quote(&source.to_string())),
        ];
        next.push(command(&words, columns));
    }
    lines.push(format!("next       {}", next.join("\n           ")));
    lines.join("\n")
}

/// Columns before a command.
const INDENT: usize = 11;

/// The words of a command, in several lines that a shell reads as one where they do not fit into `columns`.
fn command(words: &[String], columns: Option<usize>) -> String {
    let line = words.join(" ");
    match columns {
        Some(columns) if INDENT + line.chars().count() > columns => words.join(" \\\n             "),
        _ => line,
    }
}
