//! What the tests of the command line share: a folder of their own and the real binary.

pub mod dice;
pub mod inventory;
pub mod watched;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;

use serde_json::Value;
use tempfile::TempDir;

/// Arguments that make the quickstart small enough for a test: two iterations of two rounds in seconds.
pub const TINY: &[&str] = &[
    "name=tiny",
    "iterations=2",
    "rounds=2",
    "generate.prompts=4",
    "generate.batch_prompts=2",
    "filter.max_kept=6",
    "drift.enabled=false",
    "vote.n=4",
    "vote.batch_prompts=1",
    "train.bounds=[0.0, 1.0]",
    "train.batch_rollouts=4",
    "train.on_empty=skip",
    "eval.limit=6",
    "eval.k=2",
    "eval.sample_limit=3",
    "eval.batch_prompts=2",
    "execution.checkpoint_steps=1",
];

/// Nodes of the [`TINY`] run: the baseline (solve, evaluate), then per iteration generate, filter, two rounds of
/// respond, vote and train, solve, evaluate.
pub const TINY_NODES: usize = 2 + 2 * (2 + 2 * 3 + 2);

/// A finished [`TINY`] run, for tests that only read it.
pub static FINISHED: LazyLock<Playground> = LazyLock::new(|| {
    let place = Playground::new();
    place.run(&[&["run"], TINY].concat()).succeeded();
    place
});

/// A folder in which the binary is run.
pub struct Playground {
    folder: TempDir,
}

impl Playground {
    pub fn new() -> Self {
        Self {
            folder: TempDir::with_prefix("serl-test-").unwrap(),
        }
    }

    /// A folder whose store begins with everything that [`FINISHED`] made.
    pub fn after_finished() -> Self {
        let place = Self::new();
        let from = FINISHED.path(".serl");
        let copied = Command::new("cp").arg("-a").arg(from).arg(place.folder.path()).status();
        assert!(copied.unwrap().success());
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder, which stays when the test ends.
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }

    /// Writes a file of the user's.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path(name), text).unwrap();
        self
    }

    /// Copies the shipped policy, for a test to spoil.
    pub fn copy_policy(&self, name: &str) -> PathBuf {
        let to = self.path(name);
        fs::create_dir(&to).unwrap();
        for entry in fs::read_dir(shipped("")).unwrap().map(Result::unwrap) {
            if entry.path().is_file() {
                fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            }
        }
        to
    }

    /// `serl` with `arguments`, to be started in the folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_serl"));
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .env_remove("NO_COLOR")
            .env_remove("COLUMNS")
            .env_remove("SERL_STORE")
            .env_remove("SERL_REMOTE")
            .env_remove("SERL_THREADS")
            .env_remove("SERL_CONFIG")
            .env_remove("SERL_LOG")
            .env_remove("SERL_COMPLETE")
            // Not the downloads of whoever runs the tests.
            .env("HF_HUB_CACHE", self.folder.path().join("hub"))
            .stdin(Stdio::null());
        command
    }

    /// Runs `serl` with `arguments` to its end.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(self.command(arguments).output().unwrap(), self.folder.path())
    }

    /// What a prepared `command` leaves.
    pub fn outcome(&self, command: &mut Command) -> Outcome {
        Outcome::of(command.output().unwrap(), self.folder.path())
    }

    /// Runs `serl` on a disk that fails, as in `full:20`: see `serl_artifacts::fault`.
    pub fn run_on_failing_disk(&self, fault: &str, arguments: &[&str]) -> Outcome {
        let mut command = self.command(arguments);
        command.env("SERL_FAULT", fault);
        Outcome::of(command.output().unwrap(), self.folder.path())
    }

    /// Runs `serl` on a file system that lacks things, as in `locks,symbolic-links`: see `serl_artifacts::fault`.
    pub fn run_on_poor_disk(&self, lacking: &str, arguments: &[&str]) -> Outcome {
        let mut command = self.command(arguments);
        command.env("SERL_LACKING", lacking);
        Outcome::of(command.output().unwrap(), self.folder.path())
    }

    /// Runs `serl` with `input` on its standard input.
    pub fn run_with(&self, input: impl AsRef<[u8]>, arguments: &[&str]) -> Outcome {
        let path = self.path("standard-input");
        fs::write(&path, input).unwrap();
        let input = fs::File::open(&path).unwrap();
        fs::remove_file(path).unwrap();
        let output = self.command(arguments).stdin(input).output().unwrap();
        Outcome::of(output, self.folder.path())
    }

    /// Runs `serl … --json` and reads what it prints.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let outcome = self.run(&[arguments, &["--json"]].concat()).succeeded();
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {}", outcome.stdout))
    }

    /// Starts `serl` and lets it run.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// What a started `serl` left.
    pub fn wait(&self, child: Child) -> Outcome {
        Outcome::of(child.wait_with_output().unwrap(), self.folder.path())
    }
}

/// A file of the shipped quickstart.
pub fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("models/quickstart")
        .join(name)
}

/// The name of this machine.
pub fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    name.trim().to_owned()
}

/// The name of a process of this machine.
pub fn process(pid: u32) -> String {
    format!("{}:{pid}", host())
}

/// How a command ended and what it said, with the folder's own path as `[DIR]`.
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    fn of(output: Output, folder: &Path) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let code = output.status.code();
        Self::told(code, &text(&output.stdout), &text(&output.stderr), folder)
    }

    fn told(code: Option<i32>, stdout: &str, stderr: &str, folder: &Path) -> Self {
        let text = |text: &str| {
            text.replace(&folder.display().to_string(), "[DIR]")
                .replace(env!("CARGO_BIN_EXE_serl"), "serl")
        };
        Self {
            code,
            stdout: text(stdout),
            stderr: text(stderr),
        }
    }

    /// Itself, if the command succeeded.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "stderr: {}", self.stderr);
        self
    }

    /// The messages without how long a run takes, which differs from one to the next.
    pub fn without_estimate(&self) -> String {
        let lines = self.stderr.lines().filter(|line| !line.starts_with("about "));
        lines.map(|line| format!("{line}\n")).collect()
    }

    /// For snapshots: the exit code and the message.
    #[track_caller]
    pub fn refusal(&self) -> String {
        assert_eq!(self.stdout, "", "a refusal prints no data");
        format!("exit code {}\n{}", self.code.unwrap_or(-1), self.stderr)
    }
}
