//! What can go wrong between nodes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serl_artifacts::{ArtifactError, Digest};
use serl_remote::RemoteError;

use crate::id::NodeId;
use crate::store::Process;

/// Why a graph cannot be planned or run.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The graph is impossible.
    #[error("node `{node}` cannot be part of the graph: {reason}")]
    Graph {
        /// The node at fault.
        node: NodeId,
        /// What is wrong with it.
        reason: String,
    },
    /// The graph has no such stage.
    #[error("there is no stage `{stage}`; the stages are {known}")]
    UnknownStage {
        /// What was requested.
        stage: String,
        /// What exists.
        known: String,
    },
    /// The graph, or the selected stage, has no such iteration.
    #[error(
        "there is no iteration {iteration}{}; there are {known}",
        stage.as_ref().map(|s| format!(" of stage `{s}`")).unwrap_or_default()
    )]
    UnknownIteration {
        /// The selected stage, if one was.
        stage: Option<String>,
        /// What was requested.
        iteration: u32,
        /// What exists.
        known: String,
    },
    /// The graph, or the selected stage, has no such round.
    #[error("{}", unknown_round(stage.as_deref(), *iteration, *round, known))]
    UnknownRound {
        /// The selected stage, if one was.
        stage: Option<String>,
        /// The selected iteration.
        iteration: u32,
        /// What was requested.
        round: u32,
        /// What exists; empty if there are no rounds.
        known: String,
    },
    /// The graph has no such node.
    #[error("the run has no node `{node}`; its nodes are {known}")]
    UnknownNode {
        /// What was requested.
        node: NodeId,
        /// What exists.
        known: String,
    },
    /// Nodes were requested alone, and what they read is not there.
    #[error("{}", not_ready(first))]
    NotReady {
        /// The nodes that must be complete before, in the graph's order.
        first: Vec<NodeId>,
    },
    /// A name cannot be a file name.
    #[error("`{name}` cannot be the name of {what}: use letters, digits, `-`, `_` and `.`, not beginning with `.`")]
    Name {
        /// The name.
        name: String,
        /// What it should name.
        what: &'static str,
    },
    /// The node has no such input.
    #[error("node `{node}` has no input `{input}`; it has {known}")]
    NoSuchInput {
        /// The node.
        node: NodeId,
        /// What was requested.
        input: String,
        /// What exists.
        known: String,
    },
    /// The node upstream wrote no such output.
    #[error("node `{node}` wrote no output `{output}`; it wrote {known}")]
    NoSuchOutput {
        /// The node upstream.
        node: NodeId,
        /// What was requested.
        output: String,
        /// What exists.
        known: String,
    },
    /// An input from outside has changed since the graph was made.
    #[error(
        "input `{input}` of node `{node}`: {} is missing or has changed since the run began; \
         put it back or start again with what is there now",
        path.display()
    )]
    ExternalChanged {
        /// The node.
        node: NodeId,
        /// The input.
        input: String,
        /// Its file or folder.
        path: PathBuf,
    },
    /// A stored input is missing or damaged. The run recomputes it; a runner passes this error on.
    #[error("input `{input}` of node `{node}`: object {digest} is missing or damaged")]
    Damaged {
        /// The node that reads it.
        node: NodeId,
        /// The input.
        input: String,
        /// The object.
        digest: Digest,
    },
    /// An output was damaged again after it had been recomputed.
    #[error(
        "outputs of node `{node}` were damaged {times} times in this run, the last time object {digest}; \
         check the disk that holds the store"
    )]
    DamagedAgain {
        /// The node whose outputs they are.
        node: NodeId,
        /// How often.
        times: u32,
        /// The last one.
        digest: Digest,
    },
    /// A newer program made the store.
    #[error(
        "{} is of version {version} of the store, and this serl knows none after {known}: use the serl that made it, \
         or another folder (`execution.store=DIR`)",
        path.display()
    )]
    NewerStore {
        /// The file that says so.
        path: PathBuf,
        /// Its version.
        version: u32,
        /// The latest known version.
        known: u32,
    },
    /// The store has no such run.
    #[error("there is no run `{run}` in the store; there {}", known_runs(known))]
    NoSuchRun {
        /// What was requested.
        run: String,
        /// What exists.
        known: Vec<String>,
    },
    /// The remote has no such run.
    #[error("there is no run `{run}` in {place}; there {}", known_runs(known))]
    NoSuchRemoteRun {
        /// What was requested.
        run: String,
        /// The remote.
        place: String,
        /// What exists.
        known: Vec<String>,
    },
    /// The store has a run of this name that is not the remote's.
    #[error("there is another run `{run}` in this store; forget it, or give `--store` for the one from the remote")]
    AnotherRun {
        /// The run.
        run: String,
    },
    /// The store has no such pin.
    #[error("run `{run}` is not pinned; there {}", known_pins(known))]
    NoSuchPin {
        /// What was requested.
        run: String,
        /// What exists.
        known: Vec<String>,
    },
    /// Another process collects garbage.
    #[error("{} is collecting garbage in this store; wait for it to end", process(holder.as_ref()))]
    Collecting {
        /// The process, if known.
        holder: Option<Process>,
    },
    /// Nothing can be removed safely beside a run.
    #[error(
        "run `{run}` is going on in process {process}, and nothing can be removed beside a run: the file system of {} \
         has no locks. Wait for the run to end; if it has ended, remove the file in {} that names it",
        path.display(), live.display()
    )]
    NoLocks {
        /// The run.
        run: String,
        /// Its process, as `host:pid`.
        process: String,
        /// The store.
        path: PathBuf,
        /// The folder of files that announce runs.
        live: PathBuf,
    },
    /// The run cannot be dropped while it is in progress.
    #[error("run `{run}` is going on in process {process}; stop it before you drop it")]
    RunIsLive {
        /// The run.
        run: String,
        /// The process.
        process: Process,
    },
    /// Someone asked to stop, and stopping here loses nothing.
    #[error("interrupted; finished work is kept, and the same command continues from here")]
    Interrupted,
    /// JSON of the store cannot be read or written.
    #[error("{}: not a readable {what}: {reason}; `serl fsck --repair` quarantines it", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The remote. A run goes on without it.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// An artifact.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
}

fn unknown_round(stage: Option<&str>, iteration: u32, round: u32, known: &str) -> String {
    match (stage, known) {
        (Some(stage), "") => format!("stage `{stage}` has no rounds"),
        (None, "") => format!("iteration {iteration} has no rounds"),
        (Some(stage), _) => {
            format!("there is no round {round} of stage `{stage}` in iteration {iteration}; there are {known}")
        }
        (None, _) => format!("there is no round {round} in iteration {iteration}; there are {known}"),
    }
}

/// Nodes that a message names, at most.
const NAMED: usize = 8;

fn not_ready(first: &[NodeId]) -> String {
    let named: Vec<&str> = first.iter().take(NAMED).map(NodeId::as_str).collect();
    let more = match first.len().saturating_sub(NAMED) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!("{}{more} must run first", named.join(", "))
}

fn known_runs(known: &[String]) -> String {
    if known.is_empty() {
        return "is none".to_owned();
    }
    let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    format!("are {}", known.join(", "))
}

fn known_pins(known: &[String]) -> String {
    known_runs(known).replacen("is none", "are no pins", 1)
}

fn process(holder: Option<&Process>) -> String {
    holder.map_or_else(|| "another process".to_owned(), |holder| format!("process {holder}"))
}

/// The keys of a map, as errors list them.
pub(crate) fn names<T>(map: &BTreeMap<String, T>) -> String {
    map.keys()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

impl PipelineError {
    /// Whether the user's input is at fault (exit code 2).
    pub fn is_user_error(&self) -> bool {
        match self {
            Self::UnknownStage { .. }
            | Self::UnknownIteration { .. }
            | Self::UnknownRound { .. }
            | Self::UnknownNode { .. }
            | Self::Name { .. }
            | Self::NewerStore { .. }
            | Self::NoSuchRun { .. }
            | Self::NoSuchPin { .. }
            | Self::NoSuchRemoteRun { .. }
            | Self::AnotherRun { .. }
            | Self::RunIsLive { .. }
            | Self::NoLocks { .. }
            | Self::ExternalChanged { .. } => true,
            Self::Artifact(error) => error.is_user_error(),
            _ => false,
        }
    }

    /// Whether the same command may succeed later although nobody changes it.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Collecting { .. } => true,
            Self::Artifact(error) => error.is_transient(),
            _ => false,
        }
    }
}

/// Why a run ended early. `E` is the error of the runner.
#[derive(Debug, thiserror::Error)]
pub enum RunError<E: std::error::Error + 'static> {
    /// A node failed.
    #[error("node `{node}`: {source}")]
    Node {
        /// The node.
        node: NodeId,
        /// Why.
        source: E,
    },
    /// The user stopped it; the node continues from its last part or checkpoint when run again.
    #[error("interrupted at node `{node}`; finished work is kept, and the same command continues from here")]
    Interrupted {
        /// The node that was about to run or running.
        node: NodeId,
    },
    /// The store or the graph.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
}

impl<E: std::error::Error + 'static> From<ArtifactError> for RunError<E> {
    fn from(error: ArtifactError) -> Self {
        Self::Pipeline(error.into())
    }
}
