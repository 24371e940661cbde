//! Content-addressed nodes: keys, planning, execution, resume.
//!
//! A *node* is one stage of one iteration (and round) with its configuration and inputs fixed. Its key says everything
//! its outputs depend on; a manifest under that key makes it complete. [`run`] brings the selected nodes of a graph to
//! completion and does nothing for those that are complete already.
//!
//! Knows no language model, no stage by name and no column: what a node does is the business of its [`Runner`].

mod cancel;
mod error;
#[cfg(test)]
mod forking;
mod graph;
mod id;
mod node;
mod plan;
mod reason;
mod remote;
mod run;
mod store;
mod upkeep;

pub use cancel::CancelFlag;
pub use error::{PipelineError, RunError};
pub use graph::{ArtifactKind, Graph, Input, KeyMaterial, NodeKey, NodeSpec, Retention, Selection};
pub use id::NodeId;
pub use node::{Checkpoint, Event, Headway, NodeContext, Observer, Parts, ResolvedInput};
pub use plan::{PlannedNode, PlannedStatus, missing, plan};
pub use reason::{Because, Reason, differences, shown};
pub use remote::{PullReport, PushReport, RemoteGarbage, Transfer, collect, pull, push, remote_runs};
pub use run::{NodeReport, RunOptions, RunReport, Runner, Status, run};
pub use store::{Begun, Live, Manifest, Output, Process, Progress, RunRecord, Store, Viewed, live, verify_output};
pub use upkeep::{
    Aside, Counts, Fault, FsckReport, Garbage, GcKind, GcOptions, GcReport, Locks, Problem, RunState, RunUsage, Tally,
    fsck, gc, is_locked, locks, pin, runs, unpin,
};

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
