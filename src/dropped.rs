//! Policies that `execution.keep_policies` did not keep: what a user who looks for one reads, and how to rebuild it.

use std::path::Path;

use serl_pipeline::{NodeId, Store};

use crate::failure::Mistake;
use crate::place::Place;

/// How to rebuild the dropped outputs of `node`.
pub fn way_back(node: &NodeId) -> String {
    let which = match Place::of(node) {
        Some(Place { iteration, stage, .. }) => format!("--iteration {iteration} --stage {stage} "),
        None => String::new(),
    };
    format!("the run's own `serl run …` with `{which}execution.keep_policies=all` rebuilds it")
}

/// The mistake of naming a dropped `folder` in the view of a run, `<store>/runs/<run>/<iteration>/<stage>/<output>`;
/// `None` if the folder exists or never did.
pub fn mistake(folder: &Path) -> Option<Mistake> {
    if folder.exists() {
        return None;
    }
    let mut names = folder.iter().rev().map(|name| name.to_str());
    let mut name = || names.next().flatten();
    let (output, stage, iteration, run) = (name()?, name()?, name()?, name()?);
    let root = folder.ancestors().nth(5)?;
    if name()? != "runs" || !Store::is_in(root) {
        return None;
    }
    let store = Store::open(root).ok()?;
    let node = NodeId::new(format!("{iteration}/{stage}"));
    let record = store.run_record(run).ok()??;
    let manifest = store.manifest(record.nodes.get(&node)?).ok()??;
    manifest.outputs.get(output).filter(|found| found.dropped)?;
    let text = format!("the {output} of {node} of run `{run}` was dropped (execution.keep_policies)");
    Some(Mistake::new(text, way_back(&node)))
}
