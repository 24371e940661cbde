//! A program of the user says whether two answers mean the same.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use serl_pipeline::{Headway, NodeContext};
use serl_processes::{apart, end};

use super::likeness::{Alike, Likeness, Question, alone};
use crate::error::StageError;
use crate::sampling::work::Work;
use crate::stage::at::At;

/// How often it is looked whether the user wants to stop.
const LOOK: Duration = Duration::from_millis(100);

/// A program that compares answers, and how long it may take for a pair.
pub(super) struct Program {
    path: PathBuf,
    timeout: Duration,
}

impl Program {
    /// The program that is the node's input `input`: its bytes, as the key has them, in a file of the node's own.
    pub(super) fn open(ctx: &NodeContext<'_>, input: &str, timeout_seconds: u32) -> Result<Self, StageError> {
        let path = ctx.work_dir().join(input);
        let written = fs::write(&path, ctx.read_input(input)?).and_then(|()| allow_running(&path));
        written.map_err(|error| StageError::Program(format!("cannot copy it to {}: {error}", path.display())))?;
        Ok(Self {
            path,
            timeout: Duration::from_secs(timeout_seconds.into()),
        })
    }
}

#[cfg(unix)]
fn allow_running(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn allow_running(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

impl Likeness for Program {
    fn of(&self, _at: At, questions: &[Question<'_>], work: &dyn Work) -> Result<Alike, StageError> {
        let mut running = Running::start(&self.path, questions)?;
        let total: usize = questions.iter().map(|question| pairs(question).count()).sum();
        let mut done = 0;
        let mut alike = Vec::with_capacity(questions.len());
        for question in questions {
            let mut of = alone(question.texts.len());
            for (first, second) in pairs(question) {
                let same = running.reply(self.timeout, work).map_err(|error| match error {
                    StageError::Program(reason) => StageError::Program(format!(
                        "{reason}, asked about {:?} and {:?}",
                        question.texts[first], question.texts[second]
                    )),
                    other => other,
                })?;
                let likeness = f64::from(u8::from(same));
                (of[first][second], of[second][first]) = (likeness, likeness);
                done += 1;
            }
            alike.push(of);
            work.progress(&Headway::of(done, total as u64, "comparisons"));
        }
        running.finish()?;
        Ok(alike)
    }
}

/// The pairs of texts that are compared, each once.
fn pairs(question: &Question<'_>) -> impl Iterator<Item = (usize, usize)> + use<> {
    let texts = question.texts.len();
    (0..texts).flat_map(move |first| (first + 1..texts).map(move |second| (first, second)))
}

/// The started program. It ends with this value.
struct Running {
    child: Child,
    lines: Receiver<std::io::Result<String>>,
}

impl Running {
    /// Starts it, and writes all pairs to it as it reads them.
    fn start(path: &Path, questions: &[Question<'_>]) -> Result<Self, StageError> {
        let mut command = Command::new(path);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        apart(&mut command);
        let mut child = command.spawn().map_err(|error| {
            StageError::Program(format!(
                "it does not start: {error}; its first line must name its interpreter, such as #!/usr/bin/env python3"
            ))
        })?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let asked: Vec<String> = questions.iter().flat_map(asked).collect();
        if let Some(mut stdin) = stdin {
            // A program that ends early is noticed by its missing replies.
            thread::spawn(move || asked.iter().try_for_each(|line| writeln!(stdin, "{line}")));
        }
        let (tell, lines) = channel();
        if let Some(stdout) = stdout {
            thread::spawn(move || {
                for line in BufReader::new(stdout).lines() {
                    if tell.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        Ok(Self { child, lines })
    }

    /// The next reply.
    fn reply(&mut self, timeout: Duration, work: &dyn Work) -> Result<bool, StageError> {
        let begun = Instant::now();
        loop {
            match self.lines.recv_timeout(LOOK) {
                Ok(Ok(line)) => return read(&line),
                Ok(Err(error)) => return Err(StageError::Program(format!("its output is no text: {error}"))),
                Err(RecvTimeoutError::Disconnected) => {
                    let ended = self.child.wait();
                    return Err(ended_early(
                        ended.map_or_else(|error| error.to_string(), |status| status.to_string()),
                    ));
                }
                Err(RecvTimeoutError::Timeout) if begun.elapsed() > timeout => {
                    let seconds = timeout.as_secs();
                    return Err(StageError::Program(format!(
                        "no reply within {seconds} s (`reward.timeout_seconds`); it must write one line for each that \
                         it reads, and flush it"
                    )));
                }
                Err(RecvTimeoutError::Timeout) => {
                    work.check_cancelled()?;
                    // What it has started may still hold the pipe.
                    if let Ok(Some(status)) = self.child.try_wait() {
                        return Err(ended_early(status.to_string()));
                    }
                }
            }
        }
    }

    /// Refuses lines beyond the last reply: replies and questions then do not belong together.
    fn finish(self) -> Result<(), StageError> {
        match self.lines.recv_timeout(LOOK) {
            Ok(Ok(line)) => {
                let shown: String = line.chars().take(80).collect();
                Err(StageError::Program(format!(
                    "it wrote more lines than it was asked: after the last reply came {shown:?}"
                )))
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn ended_early(status: String) -> StageError {
    StageError::Program(format!(
        "it ended ({status}) without a reply; a copy of the file runs, so what lies beside it is not found"
    ))
}

/// The lines about a question.
fn asked(question: &Question<'_>) -> Vec<String> {
    let line = |(first, second): (usize, usize)| {
        let texts = &question.texts;
        json!({"instruction": question.instruction, "first": texts[first], "second": texts[second]}).to_string()
    };
    pairs(question).map(line).collect()
}

fn read(line: &str) -> Result<bool, StageError> {
    match line.trim().to_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => {
            let shown: String = line.chars().take(80).collect();
            Err(StageError::Program(format!(
                "it replied {shown:?}, which is not `true` or `false`"
            )))
        }
    }
}
