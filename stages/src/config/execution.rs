//! `[execution]`: settings that never change a result, so they enter no node key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The store of a run that names none.
pub const DEFAULT_STORE: &str = ".serl";

/// Where things are kept and how often progress is saved.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExecutionConfig {
    /// Folder of the artifact store.
    pub store: String,
    /// Where machines share what they have computed: `s3://BUCKET/PREFIX` or a folder of a shared disk; empty: nowhere.
    pub remote: String,
    /// Optimizer steps between two checkpoints inside a train node; 0: none.
    pub checkpoint_steps: u32,
    /// Which of the policies that training makes are kept once they have been replaced.
    pub keep_policies: KeepPolicies,
    /// Threads for computing; 0: one per core.
    pub threads: u32,
    /// Train with the activations of one block at a time in memory and about 30 % more work: blocks of the model are
    /// run again in the backward pass.
    pub gradient_checkpointing: bool,
    /// Ranks that compute an optimizer step at the same time: threads on a CPU, else `model.device` and the devices
    /// after it, each with a copy of the weights and its share of the moments. A power of two, at most
    /// `train.data_parallel`.
    pub ranks: u32,
    /// Seconds that the command of `[train.command]` has to save its work when the run is asked to stop; then it is
    /// killed.
    pub command_grace: u32,
}

/// Which policies are kept, each with the state of its optimizer if that is carried on. One that is not kept is dropped
/// as soon as the next one is trained and everything that reads it is complete; dropping causes no recomputation. A
/// policy that is needed again later is rebuilt with the same bytes. A policy whose node belongs to another run or a
/// pin as well is not dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeepPolicies {
    /// All policies.
    All,
    /// The last one of each iteration.
    Iterations,
    /// The last one of the run.
    Last,
}

impl Default for ExecutionConfig {
    fn default() -> Self {
        Self {
            store: DEFAULT_STORE.into(),
            remote: String::new(),
            checkpoint_steps: 20,
            keep_policies: KeepPolicies::All,
            threads: 0,
            gradient_checkpointing: false,
            ranks: 1,
            command_grace: 60,
        }
    }
}
