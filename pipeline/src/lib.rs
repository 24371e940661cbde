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
mod checkpoints;
mod commit;
mod context;
mod error;
mod events;
mod graph;
mod history;
mod inputs;
mod key;
mod lock;
mod manifest;
mod parts;
mod plan;
mod reason;
mod record;
mod run;
mod selection;
mod store;
mod view;

pub use cancel::CancelFlag;
pub use context::NodeContext;
pub use error::{PipelineError, RunError};
pub use events::{Event, Observer};
pub use graph::{Graph, Input, Kind, NodeId, NodeSpec};
pub use inputs::ResolvedInput;
pub use key::{KeyMaterial, NodeKey};
pub use manifest::{Manifest, Output};
pub use parts::Parts;
pub use plan::{PlannedNode, PlannedStatus, plan};
pub use reason::{Because, Reason, differences, shown};
pub use record::RunRecord;
pub use run::{NodeReport, RunOptions, RunReport, Runner, Status, run};
pub use selection::Selection;
pub use store::Store;
