//! `[execution]`: what never changes a result, so it enters no node key.

use serde::{Deserialize, Serialize};

/// Where things are kept and how often progress is saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExecutionConfig {
    /// Folder of the artifact store.
    pub store: String,
    /// Optimizer steps between two checkpoints inside a train node; 0: none.
    pub checkpoint_steps: u32,
    /// Threads for computing; 0: one per core.
    pub threads: u32,
    /// Train with about a tenth of the activations' memory and about a quarter more work: blocks of the model are run
    /// again in the backward pass.
    pub gradient_checkpointing: bool,
}

impl Default for ExecutionConfig {
    fn default() -> Self {
        Self {
            store: ".serl".into(),
            checkpoint_steps: 20,
            threads: 0,
            gradient_checkpointing: false,
        }
    }
}
