//! Checking, mending and collecting garbage of real stores.

mod collecting;
mod mending;
mod sealing;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::{Fault, GcKind, GcOptions, GcReport, NodeKey, RunState, fsck, gc, pin, runs, unpin};

fn options(delete: bool) -> GcOptions {
    GcOptions {
        older_than: Duration::ZERO,
        quarantine: false,
        drop_runs: Vec::new(),
        delete,
    }
}

fn collect(place: &Project, delete: bool) -> GcReport {
    gc(&place.store, &options(delete)).unwrap()
}

fn kinds(report: &GcReport) -> Vec<(GcKind, usize)> {
    report
        .garbage
        .iter()
        .map(|(kind, tally)| (*kind, tally.count))
        .collect()
}

fn run_named(place: &Project, name: &str, nodes: Vec<NodeSpec>) {
    let graph = Graph::new(nodes).unwrap();
    let named = RunOptions {
        name: name.to_owned(),
        ..super::options()
    };
    let (all, cancel) = (Selection::default(), CancelFlag::new());
    run(&place.store, &graph, &all, &mut Fake::new(), &(), &cancel, &named).unwrap();
}

fn with_last(text: &str) -> Vec<NodeSpec> {
    let mut nodes = chain();
    nodes[2].config["text"] = json!(text);
    nodes
}

fn faults(place: &Project, repair: bool) -> Vec<Fault> {
    let report = fsck(&place.store, repair, &|_, _| ()).unwrap();
    report.problems.into_iter().map(|problem| problem.fault).collect()
}

fn manifest_of(place: &Project, id: &str) -> (NodeKey, PathBuf) {
    let record = place.store.run_record("test").unwrap().unwrap();
    let key = record.nodes[&NodeId::from(id)];
    (key, place.store.manifest_path(&key))
}
