//! Optimizer steps that another program makes: the command of `[train.command]`.
//!
//! ```text
//! round, scores, targets, steps ──> in/ ──> command ──> out/ ──> checked ──> outputs of the node
//! ```
//! Scores, advantages and the order of the steps are those of the built-in trainer. Nothing that the command leaves
//! becomes an object before all of it has been checked.

mod carried;
mod folders;
mod given;
mod left;
mod output;
mod process;
mod rollouts;

use std::time::Duration;

use serl_pipeline::NodeContext;

use super::log::Log;
use super::outputs::{POLICY, TRAINER};
use super::task::{Order, Task};
use crate::config::ExecutionConfig;
use crate::error::StageError;
use carried::Carried;
pub(super) use carried::pass_on;
use folders::Folders;
use given::Given;
use process::{Ending, Process};

/// Has the command make the steps of `order`, and writes the trained policy.
pub(super) fn train(
    task: &Task<'_>,
    order: &Order,
    execution: &ExecutionConfig,
    ctx: &mut NodeContext<'_>,
) -> Result<Log, StageError> {
    let carried = Carried::of(ctx)?;
    let folders = Folders::make(ctx)?;
    Carried::give(ctx, &folders.given().join("trainer"))?;
    let resume = ctx.latest_checkpoint()?;
    let given = Given {
        task,
        order,
        steps_before: carried.steps,
        checkpoint_steps: execution.checkpoint_steps,
    };
    given.write(&folders, resume.as_ref().map(|saved| saved.folder.as_path()))?;

    let process = Process {
        command: &task.config.command.run,
        folders: &folders,
        log: folders::log(execution, task.at)?,
        grace: Duration::from_secs(execution.command_grace.into()),
        tokens: &given.tokens(),
        resumed: resume.map_or(0, |saved| saved.step),
    };
    if let Ending::Interrupted { told } = process.run(ctx)? {
        ctx.check_cancelled()?;
        let reason = format!("{told}: somebody has interrupted it; the same command goes on with what it has saved");
        return Err(StageError::TrainerFailed {
            reason,
            transient: true,
        });
    }

    folders.check_unchanged(ctx)?;
    let log = left::log(&given, &folders)?;
    let policy = left::policy(&folders, ctx)?;
    if task.config.carry_optimizer {
        let steps = carried.steps + order.len() as u64;
        let (state, files) = Carried { steps }.gather(&folders)?;
        ctx.put_output_dir(TRAINER.name, &state, &files)?;
    }
    ctx.put_output_dir(POLICY.name, &folders.policy(), &policy)?;
    (0..order.len()).for_each(|step| ctx.measured(step as u32, &log.measured(step)));
    Ok(log)
}
