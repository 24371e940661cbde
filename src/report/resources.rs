//! What a node needs of a machine, for those who hand nodes to a scheduler.

use anyhow::Result;
use serde::Serialize;
use serl_artifacts::Tree;
use serl_lm::Device;
use serl_pipeline::{Graph, Input, NodeSpec};
use serl_stages::registry;
use serl_stages::train::is_by_command;

use crate::memory::{Peak, Planner};

/// What a node needs of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resources {
    /// Whether it computes with a language model. Any other node needs little but a CPU.
    pub model: bool,
    /// Whether it needs an accelerator: it computes with a model, and `model.device` is not the CPU or a command makes
    /// the steps.
    pub accelerator: bool,
    /// Bytes of the weights that it loads, as they are in the folders that the run begins with; none, if it computes
    /// with no model.
    pub weights_bytes: Option<u64>,
    /// The most memory that it has at once, of the accelerator if it needs one; none, if it does not compute with the
    /// policy.
    pub memory: Option<Peak>,
}

impl Resources {
    /// What `node` needs.
    ///
    /// # Errors
    /// A node that is not one of this version.
    pub(super) fn of(node: &NodeSpec, graph: &Graph, device: &Device, planner: &Planner) -> Result<Self> {
        let mut models: Vec<&Input> = Vec::new();
        for name in registry::models(node)? {
            // In the first round, the reference is the policy.
            models.extend(node.inputs.get(name).filter(|input| !models.contains(input)));
        }
        let folders = models.iter().filter_map(|input| folder(input, graph));
        let model = !models.is_empty();
        Ok(Self {
            model,
            accelerator: model && (!device.is_cpu() || is_by_command(node)),
            weights_bytes: model.then(|| folders.map(bytes_of_weights).sum()),
            memory: planner.peak(&node.stage, models.len() > 1),
        })
    }
}

/// The folder that a model comes from: training changes its weights, and neither their number nor their shapes.
fn folder<'a>(input: &'a Input, graph: &'a Graph) -> Option<&'a Tree> {
    match input {
        Input::External { tree, .. } => tree.as_deref(),
        Input::Output { node, .. } => folder(graph.node(node)?.inputs.get("policy")?, graph),
    }
}

fn bytes_of_weights(tree: &Tree) -> u64 {
    let weights = tree.files.iter().filter(|(name, _)| name.ends_with(".safetensors"));
    weights.map(|(_, file)| file.bytes).sum()
}
