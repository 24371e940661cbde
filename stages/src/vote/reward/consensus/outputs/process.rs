//! The process that runs an answer.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use serl_processes::{apart, end};

use super::sandbox::Sandbox;
use super::walls::Walls;
use crate::error::StageError;

/// The runner, in the interpreter's language.
const RUNNER: &str = include_str!("runner.py");
/// What the runner may write in all; more is cut off, and what is not whole is no result.
const MOST_OUTPUT: u64 = 4 << 20;
/// How often it is looked whether the user wants to stop.
const LOOK: Duration = Duration::from_millis(100);
/// Seconds on the clock for a second of processor time, on a busy machine.
const PATIENCE: u32 = 10;
/// Prints, one a line, where the interpreter and its library are.
const WHERE: &str = "import sys, sysconfig; print(sys.executable, sysconfig.get_path('stdlib'), \
                     sysconfig.get_path('platstdlib'), sysconfig.get_config_var('LIBDIR'), sep='\\n')";

/// An interpreter of Python, and the limits for what it runs.
pub(in crate::vote::reward::consensus) struct Interpreter {
    path: PathBuf,
    folder: PathBuf,
    sandbox: Sandbox,
    timeout: Duration,
}

impl Interpreter {
    /// The interpreter of this name or path, which runs in the empty `folder`.
    ///
    /// # Errors
    /// One that does not start, or does not work within the sandbox.
    pub(in crate::vote::reward::consensus) fn open(
        name: &str,
        folder: &Path,
        seconds: u32,
        walled: bool,
    ) -> Result<Self, StageError> {
        let fault = |reason: String| StageError::Interpreter(format!("`{name}` {reason}"));
        let said = Command::new(name).args(["-c", WHERE]).stdin(Stdio::null()).output();
        let said = said.map_err(|error| fault(format!("does not start: {error}")))?;
        let text = String::from_utf8_lossy(&said.stdout);
        let places: Vec<PathBuf> = text.lines().map(PathBuf::from).collect();
        let Some(path) = places.first().filter(|_| said.status.success()) else {
            let told = String::from_utf8_lossy(&said.stderr);
            return Err(fault(format!("is no Python 3: {}", told.trim())));
        };
        let walls = walled.then(|| Walls::new(places.clone()));
        let walls = walls.transpose().map_err(|reason| fault(no_walls(&reason)))?;
        let interpreter = Self {
            path: path.clone(),
            folder: folder.to_owned(),
            sandbox: Sandbox { seconds, walls },
            timeout: Duration::from_secs(seconds.into()) * PATIENCE,
        };
        interpreter.checked().map_err(fault)
    }

    /// Runs a function whose result is known: otherwise a wall that hides the interpreter's own files would look like
    /// answers that all fail.
    fn checked(self) -> Result<Self, String> {
        let task = json!({"code": "def f(x):\n    return x + 1", "name": "f", "inputs": [[1]], "steps": 10});
        let mut command = self.command().map_err(|error| no_walls(&error.to_string()))?;
        let mut child = command
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("does not start: {error}"))?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that has ended already is told below.
            let _ = stdin.write_all(task.to_string().as_bytes());
        }
        let done = child.wait_with_output().map_err(|error| error.to_string())?;
        match done.stdout.as_slice() {
            b"{\"value\": \"0x2\"}\n" => Ok(self),
            _ => Err(format!(
                "does not work ({}): {}",
                done.status,
                String::from_utf8_lossy(&done.stderr).trim()
            )),
        }
    }

    fn command(&self) -> std::io::Result<Command> {
        let mut command = Command::new(&self.path);
        command
            .args(["-S", "-s", "-B", "-c", RUNNER])
            .current_dir(&self.folder)
            .env_clear()
            .envs(std::env::var_os("LD_LIBRARY_PATH").map(|value| ("LD_LIBRARY_PATH", value)))
            // The order of a set's texts is part of what an answer may print.
            .envs([("PYTHONHASHSEED", "0"), ("PYTHONUTF8", "1"), ("LANG", "C.UTF-8")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        apart(&mut command);
        self.sandbox.confine(&mut command)?;
        Ok(command)
    }

    /// The results of a task, as far as they came before the limits.
    ///
    /// The process ends at once when `stop` is set; the results are then of no use.
    ///
    /// # Errors
    /// A process that cannot be started.
    pub(super) fn results(&self, task: &Value, stop: &AtomicBool) -> Result<Vec<Value>, StageError> {
        let fault = |error: std::io::Error| StageError::Interpreter(format!("cannot be started again: {error}"));
        let mut child = self.command().and_then(|mut command| command.spawn()).map_err(fault)?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let text = task.to_string();
        // It may end before it has read all: then it has no result.
        thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(text.as_bytes())));
        let (tell, told) = channel();
        thread::spawn(move || {
            let mut written = Vec::new();
            // A pipe that breaks ends what was written.
            let _ = stdout.map(|stdout| stdout.take(MOST_OUTPUT).read_to_end(&mut written));
            let _ = tell.send(written);
        });
        let begun = Instant::now();
        let written = loop {
            match told.recv_timeout(LOOK) {
                Err(RecvTimeoutError::Timeout) if begun.elapsed() < self.timeout && !stop.load(Ordering::Relaxed) => {}
                Err(RecvTimeoutError::Timeout) => {
                    end(&mut child);
                    break told.recv_timeout(LOOK).unwrap_or_default();
                }
                written => break written.unwrap_or_default(),
            }
        };
        end(&mut child);
        let lines = written.split_inclusive(|&byte| byte == b'\n');
        let whole = lines.filter(|line| line.ends_with(b"\n"));
        Ok(whole.map_while(|line| serde_json::from_slice(line).ok()).collect())
    }
}

fn no_walls(reason: &str) -> String {
    format!(
        "cannot be shut in: {reason}. Inside a container that keeps foreign code from files and networks, \
         `reward.sandbox = false` does without"
    )
}
