//! The running command.

use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serl_pipeline::{Headway, NodeContext};
use serl_processes::{apart, ask, die_with_us, end};

use super::folders::{Folders, files_below, resolved};
use super::output::{Printed, Record, Told, figures, forward};
use crate::config::command::{IN, OUT};
use crate::error::StageError;

/// How often it is looked whether the user wants to stop, and whether the command has ended.
const LOOK: Duration = Duration::from_millis(100);

/// Exit codes of a command that was interrupted: those of SIGINT and SIGTERM in a shell, and `EX_TEMPFAIL`.
const INTERRUPTED: [i32; 3] = [130, 143, 75];

/// A command to be run.
pub(super) struct Process<'a> {
    pub(super) command: &'a [String],
    pub(super) folders: &'a Folders,
    /// The file for what it prints.
    pub(super) log: PathBuf,
    /// How long it may take to save its work.
    pub(super) grace: Duration,
    /// The response tokens of each step.
    pub(super) tokens: &'a [u64],
    /// Steps that an earlier attempt has saved.
    pub(super) resumed: u64,
}

/// How a command has ended.
pub(super) enum Ending {
    /// It has done its work.
    Done,
    /// It was stopped before; what it has saved is kept.
    Interrupted {
        /// How it ended.
        told: String,
    },
}

impl Process<'_> {
    /// Runs the command to its end. What it saves on its way is kept at once.
    ///
    /// # Errors
    /// It cannot be started, or fails.
    pub(super) fn run(&self, ctx: &NodeContext<'_>) -> Result<Ending, StageError> {
        let mut record = Record::create(&self.log)?;
        let mut so_far = SoFar {
            done: self.resumed,
            kept: self.resumed,
        };
        let (mut running, lines) = self.start()?;
        let status = loop {
            match lines.recv_timeout(LOOK) {
                Ok(line) => self.hear(line, &mut so_far, &mut record, ctx)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => thread::sleep(LOOK),
            }
            running.stop_if(ctx.cancelled(), self.grace);
            // Its pipes say nothing about it: what it has started may hold them, or it may have closed them.
            if let Ok(Some(status)) = running.child.try_wait() {
                break status;
            }
        };
        drop(running);
        while let Ok(line) = lines.recv_timeout(LOOK) {
            self.hear(line, &mut so_far, &mut record, ctx)?;
        }
        let was_saved = self.folders.resume().is_dir();
        if status.success() && !(ctx.cancelled() && was_saved) {
            return Ok(Ending::Done);
        }
        if !ctx.cancelled() && !was_interrupted(status) {
            let reason = format!("{}; {}", told(status), record.quoted());
            return Err(StageError::TrainerFailed {
                reason,
                transient: false,
            });
        }
        if was_saved {
            self.keep(so_far.done, &mut so_far, ctx)?;
        }
        // The last that is shown is what is saved.
        self.show(so_far.kept, ctx);
        Ok(Ending::Interrupted { told: told(status) })
    }

    fn start(&self) -> Result<(Running, Receiver<Printed>), StageError> {
        let path = |path: PathBuf| Ok::<_, StageError>(resolved(&path)?.to_string_lossy().into_owned());
        let (given, left) = (path(self.folders.given())?, path(self.folders.left())?);
        let fill = |argument: &String| argument.replace(IN, &given).replace(OUT, &left);
        let filled: Vec<String> = self.command.iter().map(fill).collect();
        let (program, arguments) = filled
            .split_first()
            .ok_or_else(|| StageError::Trainer("is empty".to_owned()))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        apart(&mut command);
        die_with_us(&mut command);
        let mut child = command
            .spawn()
            .map_err(|error| StageError::Trainer(format!("does not start: `{program}`: {error}")))?;
        let (send, lines) = channel();
        if let Some(pipe) = child.stdout.take() {
            forward(pipe, send.clone(), Printed::Out);
        }
        if let Some(pipe) = child.stderr.take() {
            forward(pipe, send, Printed::Err);
        }
        Ok((Running { child, asked: None }, lines))
    }

    fn hear(
        &self,
        line: Printed,
        so_far: &mut SoFar,
        record: &mut Record,
        ctx: &NodeContext<'_>,
    ) -> Result<(), StageError> {
        let told = match &line {
            Printed::Out(text) => Told::of(text),
            Printed::Err(_) => None,
        };
        match told {
            Some(Told::Done { done, more }) => {
                so_far.done = done;
                self.show(done, ctx);
                let (figures, total) = (figures(&more), self.tokens.len() as u64);
                if !figures.is_empty() && (1..=total).contains(&done) {
                    ctx.measured(done as u32 - 1, &figures);
                }
            }
            Some(Told::Saved { saved }) => self.keep(saved, so_far, ctx)?,
            None => record.add(&line)?,
        }
        Ok(())
    }

    fn show(&self, done: u64, ctx: &NodeContext<'_>) {
        let total = self.tokens.len();
        let done = (done as usize).min(total);
        let here = self.tokens.get(self.resumed as usize..done).unwrap_or_default();
        let headway = Headway::of(done as u64, total as u64, "steps");
        ctx.progress(&headway.with_tokens(here.iter().sum()));
    }

    /// Keeps the folder from which another attempt can go on after `done` steps.
    fn keep(&self, done: u64, so_far: &mut SoFar, ctx: &NodeContext<'_>) -> Result<(), StageError> {
        let folder = self.folders.resume();
        if !folder.is_dir() {
            return Err(StageError::Trainer(format!(
                "says that it has saved its work after {done} steps, but there is no {}",
                folder.display()
            )));
        }
        files_below(&folder)?;
        ctx.commit_checkpoint(done, &folder)?;
        so_far.kept = done;
        Ok(())
    }
}

/// How far a command is.
struct SoFar {
    /// Steps that are done.
    done: u64,
    /// Steps after which another attempt can go on.
    kept: u64,
}

/// The started command. It ends with this value, and what it has started, too.
struct Running {
    child: Child,
    /// When it was asked to end.
    asked: Option<Instant>,
}

impl Running {
    /// Asks the command to end if it should, and ends it when the time is over.
    fn stop_if(&mut self, should: bool, grace: Duration) {
        match self.asked {
            None if should => {
                ask(&self.child);
                self.asked = Some(Instant::now());
            }
            Some(asked) if asked.elapsed() > grace => end(&mut self.child),
            _ => {}
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Whether a command has ended because somebody asked it to, and not by a failure.
fn was_interrupted(status: ExitStatus) -> bool {
    status.code().is_some_and(|code| INTERRUPTED.contains(&code)) || [Some(2), Some(15)].contains(&signal(status))
}

/// The number of the signal that has ended a command.
#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_status: ExitStatus) -> Option<i32> {
    None
}

/// How a command has ended, as a verb.
fn told(status: ExitStatus) -> String {
    match (status.code(), signal(status)) {
        (_, Some(9)) => "was killed (signal 9), as systems do where memory runs out".to_owned(),
        (Some(code), _) => format!("ended with exit code {code}"),
        _ => format!("ended with {status}"),
    }
}
