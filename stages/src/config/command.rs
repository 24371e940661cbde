//! `train.backend` and `[train.command]`: what makes the optimizer steps.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TrainConfig;
use super::checker::Checker;
use crate::train::algorithm::AlgorithmName;

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

impl TrainConfig {
    pub(super) fn check_backend(&self, c: &mut Checker) {
        let CommandConfig { run, version } = &self.command;
        if self.backend == Backend::BuiltIn {
            let none = "empty, unless `train.backend` is \"command\"";
            c.require(run.is_empty(), "train.command.run", format!("{run:?}"), none);
            c.require(
                version.is_empty(),
                "train.command.version",
                format!("{version:?}"),
                none,
            );
            return;
        }
        c.require(
            run.first().is_some_and(|program| !program.is_empty()),
            "train.command.run",
            format!("{run:?}"),
            "a command and its arguments where `train.backend` is \"command\", such as [\"python3\", \"train.py\", \
             \"{in}\", \"{out}\"]",
        );
        let has = |slot| run.iter().any(|argument| argument.contains(slot));
        c.require(
            run.is_empty() || has(IN) && has(OUT),
            "train.command.run",
            format!("{run:?}"),
            "a command with the arguments `{in}` and `{out}`, which stand for the folders that it reads and writes",
        );
        c.require(
            !version.is_empty(),
            "train.command.version",
            "empty",
            "what the command is, such as \"train.py 3, 8 GPUs, bf16\": results of another version are not reused",
        );
        c.require(
            !matches!(self.algorithm, AlgorithmName::Dpo | AlgorithmName::Rft),
            "train.backend",
            "command",
            "\"built_in\" where `train.algorithm` is \"dpo\" or \"rft\": commands are given policy gradients",
        );
        c.require(
            self.lora.rank == 0,
            "train.backend",
            "command",
            "\"built_in\" where `train.lora.rank` is above 0: commands train all weights",
        );
    }
}

/// Stands for the folder that a command reads.
pub(crate) const IN: &str = "{in}";
/// Stands for the folder that a command writes.
pub(crate) const OUT: &str = "{out}";
