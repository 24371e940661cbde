//! The tables, one row type per file.
//!
//! No column differs between equal runs (no clock times, host names or thread counts), so that they give equal bytes.
//! Knows which columns exist, not how their values are computed.

mod completion;
mod drift;
mod eval;
mod filtered;
mod instruction;
mod problem;
mod response;
mod reward;
mod selection;
mod train_log;
mod unparsed;
mod vector;
mod vote;

pub use completion::{Completion, Finish};
pub use drift::Drift;
pub use eval::{EvalCurve, EvalSummary, GradedResponse, ProblemResponse};
pub use filtered::{FilterReason, Filtered};
pub use instruction::{Instruction, Source};
pub use problem::Problem;
pub use response::{Prompt, Response};
pub use reward::{ParseStatus, Reward};
pub use selection::{Selection, SelectionReason};
pub use train_log::{TrainFigure, TrainLog};
pub use unparsed::Unparsed;
pub use vector::Vector;
pub use vote::Vote;

use crate::table::Table;

/// The key columns of the table `name`; empty if there is no such table.
pub fn key_of(name: &str) -> Option<&'static [&'static str]> {
    fn entry<T: Table>() -> (&'static str, &'static [&'static str]) {
        (T::NAME, T::KEY)
    }
    let known = [
        entry::<Completion>(),
        entry::<Drift>(),
        entry::<EvalCurve>(),
        entry::<EvalSummary>(),
        entry::<Filtered>(),
        entry::<GradedResponse>(),
        entry::<Instruction>(),
        entry::<Problem>(),
        entry::<ProblemResponse>(),
        entry::<Prompt>(),
        entry::<Response>(),
        entry::<Reward>(),
        entry::<Selection>(),
        entry::<TrainFigure>(),
        entry::<TrainLog>(),
        entry::<Unparsed>(),
        entry::<Vector>(),
        entry::<Vote>(),
    ];
    known.into_iter().find(|(known, _)| *known == name).map(|(_, key)| key)
}

#[cfg(test)]
mod tests;
