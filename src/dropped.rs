//! Policies that `execution.keep_policies` did not keep: what a user who looks for one reads, and how to rebuild it.

use std::path::Path;

use serl_pipeline::{NodeId, Viewed};

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

/// The mistake of asking for the dropped `output` of `node` of `run`.
pub fn told(output: &str, node: &NodeId, run: &str) -> Mistake {
    let text = format!("the {output} of {node} of run `{run}` was dropped (execution.keep_policies)");
    Mistake::new(text, way_back(node))
}

/// The mistake of naming a dropped `folder` in the view of a run, `<store>/runs/<run>/<iteration>/<stage>/<output>`;
/// `None` if the folder exists or never did.
pub fn mistake(folder: &Path) -> Option<Mistake> {
    if folder.exists() {
        return None;
    }
    let viewed = Viewed::at(folder).filter(|viewed| viewed.output.dropped)?;
    let output = folder.file_name()?.to_string_lossy();
    Some(told(&output, &viewed.node, &viewed.run))
}
