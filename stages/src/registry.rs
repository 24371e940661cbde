//! The list of all stages, in the order in which an iteration runs them.

use serl_pipeline::{NodeContext, NodeSpec};

use crate::drift::Drift;
use crate::error::StageError;
use crate::evaluate::Evaluate;
use crate::filter::Filter;
use crate::generate::Generate;
use crate::respond::Respond;
use crate::solve::Solve;
use crate::stage::lab::Lab;
use crate::stage::{self, Stage};
use crate::train::Train;
use crate::vote::Vote;

/// A stage as the runner and the command line know it.
struct Entry {
    name: &'static str,
    aliases: &'static [&'static str],
    code_version: u32,
    run: fn(&NodeSpec, &mut Lab, &mut NodeContext<'_>) -> Result<(), StageError>,
    models: fn(&NodeSpec) -> Result<Vec<&'static str>, StageError>,
}

impl Entry {
    const fn of<S: Stage>() -> Self {
        Self {
            name: S::NAME,
            aliases: S::ALIASES,
            code_version: S::CODE_VERSION,
            run: stage::run::<S>,
            models: stage::models::<S>,
        }
    }
}

const STAGES: [Entry; 8] = [
    Entry::of::<Generate>(),
    Entry::of::<Filter>(),
    Entry::of::<Drift>(),
    Entry::of::<Respond>(),
    Entry::of::<Vote>(),
    Entry::of::<Train>(),
    Entry::of::<Solve>(),
    Entry::of::<Evaluate>(),
];

/// The names of all stages, in the order in which an iteration runs them.
pub fn stage_names() -> impl Iterator<Item = &'static str> {
    STAGES.iter().map(|stage| stage.name)
}

/// The name of the stage that is also called `name`; `name` itself where no stage is.
pub fn canonical_stage(name: &str) -> &str {
    let called = |stage: &&Entry| stage.aliases.contains(&name);
    STAGES.iter().find(called).map_or(name, |stage| stage.name)
}

/// The code version of the stage of this name; none if there is no such stage.
pub fn code_version(name: &str) -> Option<u32> {
    STAGES
        .iter()
        .find(|stage| stage.name == name)
        .map(|stage| stage.code_version)
}

/// Runs a node.
///
/// # Errors
/// Whatever stops the node; a stage that does not exist.
pub(crate) fn run(node: &NodeSpec, lab: &mut Lab, ctx: &mut NodeContext<'_>) -> Result<(), StageError> {
    (entry(node)?.run)(node, lab, ctx)
}

/// The inputs of a node with the weights of the language models that it computes with, each once; none, if it needs no
/// accelerator.
///
/// # Errors
/// A stage that does not exist, a configuration that is not one of its stage.
pub fn models(node: &NodeSpec) -> Result<Vec<&'static str>, StageError> {
    let named = (entry(node)?.models)(node)?;
    let mut models: Vec<&'static str> = Vec::new();
    for name in named {
        let name = if node.inputs.contains_key(name) { name } else { POLICY };
        if !models.contains(&name) {
            models.push(name);
        }
    }
    Ok(models)
}

/// The input with the policy.
const POLICY: &str = "policy";

fn entry(node: &NodeSpec) -> Result<&'static Entry, StageError> {
    let found = STAGES.iter().find(|stage| stage.name == node.stage);
    found.ok_or_else(|| StageError::UnknownStage {
        stage: node.stage.clone(),
        known: stage_names().collect::<Vec<_>>().join(", "),
    })
}
