//! Arithmetic word problems: somebody has a number of objects, and it changes.
//!
//! "Mia has 12 apples. She throws away 7 apples. How many apples are left?"

pub mod check;
mod equation;
mod forms;
mod generate;
mod lexicon;
mod spoil;

use std::collections::BTreeSet;

use serl_random::Stream32;

use crate::domain::{Domain, Flaw};
use crate::problem::Problem;

/// The domain of the embedded default.
pub struct Arithmetic;

impl Domain for Arithmetic {
    fn name(&self) -> &'static str {
        "arithmetic"
    }

    fn words(&self) -> BTreeSet<String> {
        forms::GRAMMAR.words()
    }

    fn problem(&self, draw: &mut Stream32, lengths: &[usize]) -> Problem {
        generate::problem(draw, lengths)
    }

    fn solve(&self, question: &str) -> Result<Problem, String> {
        check::solve(question).map_err(|reason| reason.to_string())
    }

    fn spoil(&self, flaw: Flaw, problem: &Problem, draw: &mut Stream32) -> Option<String> {
        spoil::spoil(flaw, problem, draw)
    }
}
