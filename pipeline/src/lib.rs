//! Content-addressed nodes: keys, planning, execution, resume.
//!
//! A *node* is one stage of one iteration (and round) with its configuration and inputs fixed. Its key says everything
//! its outputs depend on; a manifest under that key makes it complete. [`run`] brings the selected nodes of a graph to
//! completion and does nothing for those that are complete already.
//!
//! Knows no language model, no stage by name and no column: what a node does is the business of its [`Runner`].

mod assess;
mod cancel;
mod canonical;
mod catalogue;
mod census;
mod checkpoints;
mod commit;
mod context;
mod dropping;
mod error;
mod events;
mod fsck;
mod gc;
mod graph;
mod history;
mod inputs;
mod key;
mod live;
mod lock;
mod manifest;
mod needs;
mod parts;
mod plan;
mod reason;
mod record;
mod retention;
mod run;
mod selection;
mod store;
mod sweep;
mod usage;
mod view;

pub use cancel::CancelFlag;
pub use context::NodeContext;
pub use error::{PipelineError, RunError};
pub use events::{Event, Observer};
pub use fsck::{Aside, Counts, Fault, FsckReport, Problem, fsck};
pub use gc::{Garbage, GcKind, GcOptions, GcReport, Tally, gc, pin, unpin};
pub use graph::{Graph, Input, Kind, NodeId, NodeSpec};
pub use inputs::ResolvedInput;
pub use key::{KeyMaterial, NodeKey};
pub use live::{Live, live};
pub use manifest::{Manifest, Output};
pub use parts::Parts;
pub use plan::{PlannedNode, PlannedStatus, plan};
pub use reason::{Because, Reason, differences, shown};
pub use record::{Begun, Progress, RunRecord};
pub use retention::Retention;
pub use run::{NodeReport, RunOptions, RunReport, Runner, Status, run};
pub use selection::Selection;
pub use store::Store;
pub use usage::{RunState, RunUsage, runs};

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
