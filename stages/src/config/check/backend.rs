//! Values of `train.backend` and `[train.command]`.

use serl_lm::Dtype;

use crate::config::checker::Checker;
use crate::config::command::{Backend, CommandConfig, IN, OUT};
use crate::config::{AlgorithmName, Config};

impl Config {
    pub(super) fn check_backend(&self, c: &mut Checker) {
        let t = &self.train;
        let CommandConfig { run, version } = &t.command;
        if t.backend == Backend::BuiltIn {
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
            !matches!(t.algorithm, AlgorithmName::Dpo | AlgorithmName::Rft),
            "train.backend",
            "command",
            "\"built_in\" where `train.algorithm` is \"dpo\" or \"rft\": commands are given policy gradients",
        );
        c.require(
            t.lora.rank == 0,
            "train.backend",
            "command",
            "\"built_in\" where `train.lora.rank` is above 0: commands train all weights",
        );
        let own = "1 where `train.backend` is \"command\": commands say themselves how they share their work";
        c.require(t.data_parallel <= 1, "train.data_parallel", t.data_parallel, own);
        c.require(
            t.moments == Dtype::F32,
            "train.moments",
            t.moments,
            "\"f32\" where `train.backend` is \"command\": commands say themselves how they keep moments",
        );
    }
}
