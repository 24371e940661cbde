//! What is dropped, and what brings it back.

mod alone;
mod dropping;
mod returning;

use std::time::Duration;

use super::*;
use crate::{GcOptions, Output, fsck, gc, pin, runs};

/// Per round `i` a `1/vote.i` that reads the policy before it, a `1/train.i` that reads both, and a `1/measure.i` that
/// reads what that makes; a `1/start` before all. `changed` are nodes with another configuration.
fn rounds(count: usize, changed: &[&str]) -> Vec<NodeSpec> {
    let output = |node: &str, output: &str| Input::Output {
        node: node.into(),
        output: output.to_owned(),
    };
    let made = |id: String, inputs: Vec<(&str, Input)>| {
        let text = if changed.contains(&id.as_str()) { "+" } else { "" };
        let mut made = node(&id, json!({ "text": format!("{id}{text}") }), None);
        made.inputs = inputs
            .into_iter()
            .map(|(name, input)| (name.to_owned(), input))
            .collect();
        made
    };
    let mut nodes = vec![made("1/start".to_owned(), Vec::new())];
    let mut policy = output("1/start", "policy");
    for i in 0..count {
        let vote = format!("1/vote.{i}");
        nodes.push(made(vote.clone(), vec![("policy", policy.clone())]));
        let inputs = vec![("policy", policy), ("votes", output(&vote, "out"))];
        let train = format!("1/train.{i}");
        nodes.push(made(train.clone(), inputs));
        policy = output(&train, "policy");
        nodes.push(made(format!("1/measure.{i}"), vec![("policy", policy.clone())]));
    }
    nodes
}

fn trains(node: &NodeSpec) -> bool {
    node.stage == "start" || node.stage.starts_with("train")
}

/// Every policy but the last.
fn all_but_last(count: usize) -> Retention {
    let nodes = rounds(count, &[]);
    let trained = nodes.iter().filter(|node| trains(node));
    let ids: Vec<NodeId> = trained.map(|node| node.id.clone()).collect();
    let replaced = ids[..ids.len() - 1].iter();
    Retention::new(replaced.map(|id| (id.clone(), "policy".to_owned())))
}

fn work(node: &NodeSpec, ctx: &mut NodeContext) -> Result<(), PipelineError> {
    let mut text = node.config["text"].as_str().unwrap().to_owned();
    for name in node.inputs.keys() {
        let input = ctx.input(name)?.clone();
        let path = match input.tree {
            Some(_) => input.path.join("weights"),
            None => input.path,
        };
        let read = std::fs::read(path).unwrap();
        text += &format!("[{}]", &Digest::of(&read).to_hex()[..8]);
    }
    if !trains(node) {
        return ctx.put_output("out", text.as_bytes(), None);
    }
    ctx.put_output("log", text.as_bytes(), None)?;
    let dir = ctx.work_dir().join("policy");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("weights"), format!("weights of {text}")).unwrap();
    std::fs::write(dir.join("tokenizer"), b"the same in all").unwrap();
    ctx.put_output_dir("policy", &dir, &["tokenizer", "weights"].map(str::to_owned))
}

fn named(name: &str, retention: Retention) -> RunOptions {
    RunOptions {
        name: name.to_owned(),
        retention,
        ..options()
    }
}

impl Project {
    /// Runs with `options` and gives what had to run.
    fn retaining(
        &self,
        nodes: Vec<NodeSpec>,
        selection: &Selection,
        observer: &dyn Observer,
        options: &RunOptions,
    ) -> Vec<String> {
        let graph = Graph::new(nodes).unwrap();
        let (mut fake, cancel) = (Fake::doing(work), CancelFlag::new());
        run(&self.store, &graph, selection, &mut fake, observer, &cancel, options).unwrap();
        fake.ran
    }

    fn everything(&self, nodes: Vec<NodeSpec>, options: &RunOptions) -> Vec<String> {
        self.retaining(nodes, &Selection::default(), &(), options)
    }

    fn will_run(&self, nodes: Vec<NodeSpec>, options: &RunOptions) -> Vec<(String, String)> {
        let (graph, all) = (Graph::new(nodes).unwrap(), Selection::default());
        let planned = plan(&self.store, &graph, &all, &options.name, &options.retention).unwrap();
        let planned = planned.iter().filter(|node| !node.reasons().is_empty());
        planned
            .map(|node| (node.id.to_string(), node.reasons()[0].to_string()))
            .collect()
    }

    fn policy(&self, run: &str, node: &str) -> Output {
        let record = self.store.run_record(run).unwrap().unwrap();
        let manifest = self.store.manifest(&record.nodes[&node.into()]);
        manifest.unwrap().unwrap().outputs["policy"].clone()
    }

    /// The file that no two policies share.
    fn weights(&self, policy: &Output) -> std::path::PathBuf {
        let objects = self.store.objects();
        objects.path(&objects.tree(&policy.digest).unwrap().files["weights"].digest)
    }

    /// Nodes whose policy was dropped; each is gone, and all others are there.
    fn dropped(&self, run: &str, count: usize) -> Vec<String> {
        let trained = rounds(count, &[]).into_iter().filter(trains);
        let gone = |node: &NodeSpec| {
            let policy = self.policy(run, node.id.as_str());
            let view = self.store.view_path(run).join(node.id.as_str()).join("policy");
            assert_eq!(self.weights(&policy).exists(), !policy.dropped, "{}", node.id);
            assert_eq!(view.is_dir(), !policy.dropped, "{}", node.id);
            assert_eq!(view.join("weights").exists(), !policy.dropped, "{}", node.id);
            policy.dropped
        };
        trained.filter(gone).map(|node| node.id.to_string()).collect()
    }

    fn problems(&self) -> Vec<crate::Problem> {
        fsck(&self.store, false, &|_, _| ()).unwrap().problems
    }

    fn collected(&self, delete: bool) -> Vec<crate::Garbage> {
        let options = GcOptions {
            older_than: Duration::ZERO,
            quarantine: false,
            drop_runs: Vec::new(),
            delete,
        };
        gc(&self.store, &options).unwrap().pieces
    }
}
