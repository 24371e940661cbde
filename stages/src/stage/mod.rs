//! A stage is a type whose value is the configuration in its nodes' keys.
//!
//! ```text
//! Config ──S::of──> S ──serialised──> NodeSpec.config ──> key
//!                                         │
//!                                         └──deserialised──> S ──S::run──> outputs
//! ```
//! A stage runs from the value that was read back from its node, and [`Lab`] holds only what cannot change a result. So
//! a stage has no access to a setting outside its key.

pub mod at;
pub mod lab;
pub mod output;
pub(crate) mod tables;
pub mod wires;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use serl_pipeline::{NodeContext, NodeSpec};

use crate::config::Config;
use crate::error::StageError;
use at::{At, node_id};
use lab::{Compute, Lab};
use wires::{Inputs, Wires};

/// Everything that a stage may take its configuration from.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// The configuration of the run.
    pub config: &'a Config,
    /// The identity of what draws tokens: [`serl_lm::Sampler::identity`].
    pub sampler: &'a Value,
}

impl Settings<'_> {
    /// Where the policy is trained.
    pub fn compute(&self) -> Compute {
        let model = &self.config.model;
        Compute::new(&model.device, model.dtype)
    }
}

/// One stage of SeRL. The value is a node's configuration: all that its outputs depend on besides its inputs, its place
/// in the run and its seed.
///
/// To add a stage: a file with a type that implements this, a line in [`crate::registry`], and the place of its nodes
/// in [`crate::graph`].
pub trait Stage: Serialize + DeserializeOwned {
    /// Its name, as in `--stage` and in the folders of a run.
    const NAME: &'static str;
    /// Other names that `--stage` takes.
    const ALIASES: &'static [&'static str] = &[];
    /// Bump when the outputs change for the same inputs, or caches return results of the old behaviour.
    const CODE_VERSION: u32;

    /// The part of the settings that the stage reads.
    fn of(settings: Settings<'_>) -> Self;

    /// Whether the node draws anything. One that does not has no seed in its key: runs that differ in the seed alone
    /// share it.
    fn draws(&self) -> bool {
        true
    }

    /// The inputs with the weights of the language models that it computes with on the device of the run; none, if it
    /// needs no accelerator. A name that the node has no input of stands for the policy.
    fn models(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Where the node takes its inputs from.
    fn inputs(&self, at: At, wires: &Wires) -> Inputs;

    /// Reads the inputs and writes the outputs.
    ///
    /// # Errors
    /// Whatever stops the node, including an interruption.
    fn run(self, at: At, lab: &mut Lab, ctx: &mut NodeContext<'_>) -> Result<(), StageError>;
}

/// The node of `stage` at `at`. Draws and columns of tables depend on the iteration and the round, so both are part of
/// the configuration.
///
/// # Errors
/// A stage that is not a JSON object.
pub(crate) fn node<S: Stage>(stage: &S, at: At, wires: &Wires) -> Result<NodeSpec, StageError> {
    let mut config = fields::<S>(serde_json::to_value(stage).map_err(unreadable::<S>)?)?;
    config.insert("iteration".to_owned(), json!(at.iteration));
    config.insert("round".to_owned(), json!(at.round));
    Ok(NodeSpec {
        id: node_id(S::NAME, at.iteration, at.round),
        stage: S::NAME.to_owned(),
        iteration: at.iteration,
        round: at.round,
        code_version: S::CODE_VERSION,
        config: Value::Object(config),
        seed: if stage.draws() { at.seed } else { 0 },
        inputs: stage.inputs(at, wires),
    })
}

/// Runs a node of stage `S` from what is in its key.
///
/// # Errors
/// As [`Stage::run`]; a configuration that is not one of `S`.
pub(crate) fn run<S: Stage>(node: &NodeSpec, lab: &mut Lab, ctx: &mut NodeContext<'_>) -> Result<(), StageError> {
    let (stage, at) = read_back::<S>(node)?;
    stage.run(at, lab, ctx)
}

/// The inputs of a node of stage `S` with the weights of the models that it computes with.
///
/// # Errors
/// A configuration that is not one of `S`.
pub(crate) fn models<S: Stage>(node: &NodeSpec) -> Result<Vec<&'static str>, StageError> {
    Ok(read_back::<S>(node)?.0.models())
}

/// The stage and its place, from the node's configuration alone.
fn read_back<S: Stage>(node: &NodeSpec) -> Result<(S, At), StageError> {
    let mut config = fields::<S>(node.config.clone())?;
    let mut take = |name: &str| config.remove(name).unwrap_or_default();
    let (iteration, round) = (take("iteration"), take("round"));
    let at = At {
        iteration: serde_json::from_value(iteration).map_err(unreadable::<S>)?,
        round: serde_json::from_value(round).map_err(unreadable::<S>)?,
        seed: node.seed,
    };
    let stage = serde_json::from_value(Value::Object(config)).map_err(unreadable::<S>)?;
    Ok((stage, at))
}

fn fields<S: Stage>(config: Value) -> Result<Map<String, Value>, StageError> {
    match config {
        Value::Object(fields) => Ok(fields),
        other => Err(StageError::NodeConfiguration {
            stage: S::NAME,
            reason: format!("it is {other}, not an object"),
        }),
    }
}

fn unreadable<S: Stage>(error: serde_json::Error) -> StageError {
    StageError::NodeConfiguration {
        stage: S::NAME,
        reason: error.to_string(),
    }
}
