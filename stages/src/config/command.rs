//! `train.backend` and `[train.command]`: what makes the optimizer steps.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What makes the optimizer steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    /// This process.
    #[default]
    BuiltIn,
    /// The command of `[train.command]`.
    Command,
}

/// A command that makes the optimizer steps of a round: another program, which may use several GPUs or machines. It
/// reads files that say what to do, and leaves the trained policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CommandConfig {
    /// The command and its arguments. `{in}` stands for the folder of what it reads, `{out}` for that of what it
    /// leaves. Semantic, as it is here: before the folders are put in.
    pub run: Vec<String>,
    /// What the command is, as far as it can change a policy: its version, the number of GPUs, the precision. Semantic;
    /// to be changed when the command changes.
    pub version: String,
}

/// Stands for the folder that a command reads.
pub(crate) const IN: &str = "{in}";
/// Stands for the folder that a command writes.
pub(crate) const OUT: &str = "{out}";
