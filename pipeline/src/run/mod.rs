//! Bringing nodes to completion.

mod engine;
mod keeper;
mod report;
mod retained;
mod runner;
mod sharing;
mod stale;

use crate::cancel::CancelFlag;
use crate::error::RunError;
use crate::graph::{Graph, Selection};
use crate::node::Observer;
use crate::plan::{Request, refuse_unready};
use crate::store::{Store, check_name};
use engine::Engine;

pub use report::{NodeReport, RunReport, Status};
pub use runner::{RunOptions, Runner};

/// Brings the selected nodes to completion, one after the other, and reports to `observer`.
///
/// A node that is complete is not run again. An input that turns out to be missing or damaged is set aside and the
/// node that made it runs again, then the run continues. The same happens for a dropped output (see
/// [`crate::Retention`]) that a node which must run reads, or that the selection names and the options keep. Raising
/// `cancel` stops at the next safe point.
///
/// Of a selection that [names nodes exactly](Selection::exactly), no other node runs, for whatever reason. Several
/// processes may thus work on one run at once, each on other nodes.
///
/// # Errors
/// A node fails, the run is interrupted, the selection names something that does not exist or nodes whose inputs are
/// not there, or the store cannot be used.
pub fn run<R: Runner>(
    store: &Store,
    graph: &Graph,
    selection: &Selection,
    runner: &mut R,
    observer: &dyn Observer,
    cancel: &CancelFlag,
    options: &RunOptions,
) -> Result<RunReport, RunError<R::Error>> {
    check_name(&options.name, "a run")?;
    let mut store = store.clone();
    store.announce(&options.name)?;
    refuse_unready(&store, graph, selection, &options.retention)?;
    let nodes = selection.resolve(graph)?;
    let request = Request::new(graph, selection, &options.retention)?;
    let mut engine = Engine::new(&store, graph, nodes, request, observer, cancel, options)?;
    engine.confine(selection)?;
    engine.run(runner)
}

#[cfg(test)]
mod tests;
