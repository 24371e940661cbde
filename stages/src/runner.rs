//! Runs the nodes of a run. Knows no configuration: each node brings its own.

use serl_pipeline::{NodeContext, NodeSpec, Runner};

use crate::config::ExecutionConfig;
use crate::error::StageError;
use crate::registry;
use crate::sampling::source::SamplerSource;
use crate::stage::lab::Lab;

/// Runs nodes, each from the configuration that is in its key.
pub struct StageRunner {
    lab: Lab,
}

impl StageRunner {
    /// A runner that samples by `samplers`.
    pub fn new(execution: ExecutionConfig, samplers: Box<dyn SamplerSource>) -> Self {
        Self {
            lab: Lab::new(execution, samplers),
        }
    }
}

impl Runner for StageRunner {
    type Error = StageError;

    fn run(&mut self, node: &NodeSpec, ctx: &mut NodeContext<'_>) -> Result<(), StageError> {
        registry::run(node, &mut self.lab, ctx)
    }
}
