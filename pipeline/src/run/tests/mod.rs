//! Runs of a chain of small nodes, `1/make -> 1/join -> 1/last`, with a runner that can be told what to do.

mod alone;
mod caching;
mod concurrency;
mod damage;
mod faults;
#[cfg(unix)]
mod poor;
mod reasons;
mod resume;
mod retention;
mod shares;
mod sharing;
mod upkeep;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use serl_artifacts::Digest;

use super::*;
use crate::error::PipelineError;
use crate::graph::{ArtifactKind, Input, NodeSpec, Retention};
use crate::id::NodeId;
use crate::node::{Event, Headway, NodeContext};
use crate::plan::{PlannedNode, plan};
use crate::reason::Reason;

type Work<'w> = dyn FnMut(&NodeSpec, &mut NodeContext) -> Result<(), PipelineError> + 'w;

/// A runner that notes what it ran.
struct Fake<'w> {
    ran: Vec<String>,
    work: Box<Work<'w>>,
}

impl<'w> Fake<'w> {
    fn new() -> Self {
        Self::doing(honest_work)
    }

    fn doing(work: impl FnMut(&NodeSpec, &mut NodeContext) -> Result<(), PipelineError> + 'w) -> Self {
        Self {
            ran: Vec::new(),
            work: Box::new(work),
        }
    }
}

impl Runner for Fake<'_> {
    type Error = PipelineError;

    fn run(&mut self, node: &NodeSpec, ctx: &mut NodeContext) -> Result<(), PipelineError> {
        self.ran.push(node.id.to_string());
        (self.work)(node, ctx)
    }
}

/// Writes `text` of the node's configuration and the contents of its inputs into the output `out`.
fn honest_work(node: &NodeSpec, ctx: &mut NodeContext) -> Result<(), PipelineError> {
    let mut text = node.config["text"].as_str().unwrap_or_default().to_owned();
    for name in node.inputs.keys() {
        text += &format!("[{}]", String::from_utf8_lossy(&ctx.read_input(name)?));
    }
    ctx.metrics(json!({ "length": text.len() }));
    ctx.put_output("out", text.as_bytes(), None)
}

/// Notes events by name and node.
#[derive(Default)]
struct Notes(RefCell<Vec<String>>);

impl Observer for Notes {
    fn on_event(&self, event: &Event<'_>) {
        let note = match event {
            Event::Cached { node, .. } => format!("cached {}", node.id),
            Event::Waiting { node, .. } => format!("waiting {}", node.id),
            Event::Started { node, resumed, .. } => {
                format!("started {}{}", node.id, if *resumed { " again" } else { "" })
            }
            Event::Progress { node, headway } => format!("progress {} {}/{}", node.id, headway.done, headway.total),
            Event::Measured { node, step, .. } => format!("measured {} {step}", node.id),
            Event::Finished { node, .. } => format!("finished {}", node.id),
            Event::Lost { node, .. } => format!("lost {}", node.id),
            Event::Dropped { node, outputs } => {
                format!("dropped {} {}", node.id, outputs.join(" "))
            }
            Event::SetAside { .. } => "set aside".to_owned(),
            Event::Leased { node, .. } => format!("leased {}", node.id),
            Event::Fetched { node, .. } => format!("fetched {}", node.id),
            Event::Superseded { node } => format!("superseded {}", node.id),
            Event::Unreachable { .. } => "unreachable".to_owned(),
            Event::Unshared { nodes } => format!("unshared {nodes}"),
            Event::Damaged { node, input, .. } => format!("damaged {} {input}", node.id),
        };
        self.0.borrow_mut().push(note);
    }
}

fn node(id: &str, config: Value, from: Option<&str>) -> NodeSpec {
    NodeSpec {
        id: id.into(),
        stage: id.split_once('/').map_or(id, |(_, stage)| stage).to_owned(),
        iteration: 1,
        round: None,
        code_version: 1,
        config,
        seed: 7,
        inputs: from
            .map(|id| {
                (
                    "in".to_owned(),
                    Input::Output {
                        node: id.into(),
                        output: "out".to_owned(),
                    },
                )
            })
            .into_iter()
            .collect(),
    }
}

fn chain() -> Vec<NodeSpec> {
    vec![
        node("1/make", json!({"text": "m"}), None),
        node("1/join", json!({"text": "j"}), Some("1/make")),
        node("1/last", json!({"text": "l"}), Some("1/join")),
    ]
}

/// A store in a temporary folder.
struct Project {
    dir: tempfile::TempDir,
    store: Store,
}

impl Project {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        Self { dir, store }
    }

    fn try_run(&self, nodes: Vec<NodeSpec>, fake: &mut Fake<'_>) -> Result<RunReport, RunError<PipelineError>> {
        self.run_with(nodes, &Selection::default(), fake, &(), &CancelFlag::new())
    }

    fn run_with(
        &self,
        nodes: Vec<NodeSpec>,
        selection: &Selection,
        fake: &mut Fake<'_>,
        observer: &dyn Observer,
        cancel: &CancelFlag,
    ) -> Result<RunReport, RunError<PipelineError>> {
        let graph = Graph::new(nodes).unwrap();
        run(&self.store, &graph, selection, fake, observer, cancel, &options())
    }

    /// The nodes that had to run.
    fn ran(&self, nodes: Vec<NodeSpec>) -> Vec<String> {
        let mut fake = Fake::new();
        self.try_run(nodes, &mut fake).unwrap();
        fake.ran
    }

    /// Why each node would run; empty for those that are complete.
    fn plan(&self, nodes: Vec<NodeSpec>) -> Vec<String> {
        self.plan_as("test", nodes)
    }

    fn planned(&self, graph: &Graph, run: &str) -> Vec<PlannedNode> {
        let (all, keep) = (Selection::default(), Retention::default());
        plan(&self.store, graph, &all, run, &keep).unwrap()
    }

    fn plan_as(&self, run: &str, nodes: Vec<NodeSpec>) -> Vec<String> {
        let graph = Graph::new(nodes).unwrap();
        let planned = self.planned(&graph, run);
        let words = |reasons: &[Reason]| reasons.iter().map(Reason::to_string).collect::<Vec<_>>();
        let joined = |node: &PlannedNode| words(node.reasons()).join("; ");
        planned.iter().map(joined).collect()
    }

    /// What people see of an output.
    fn view(&self, path: &str) -> String {
        std::fs::read_to_string(self.store.view_path("test").join(path)).unwrap()
    }

    fn path(&self, content: &str) -> std::path::PathBuf {
        self.store.objects().path(&Digest::of(content.as_bytes()))
    }
}

fn options() -> RunOptions {
    RunOptions {
        name: "test".to_owned(),
        config: json!({"whole": "configuration"}),
        versions: BTreeMap::new(),
        device: "none".to_owned(),
        retention: Retention::default(),
    }
}

/// Changes a stored file without changing its length.
fn flip(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[0] ^= 1;
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, bytes).unwrap();
}
