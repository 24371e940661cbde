//! The order of nodes in a run.

use super::entry::NodeRef;
use crate::place::Place;

/// Nodes sorted by this come as a run goes.
pub(super) type Turn = (u32, usize, Option<u32>, usize);

/// When it is the turn of `node`.
pub(super) fn turn(node: &NodeRef) -> Turn {
    let place = Place {
        iteration: node.iteration,
        stage: node.stage.clone(),
        round: node.round,
    };
    place.order()
}
