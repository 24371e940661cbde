//! Calendar problems: somebody plans an event for a day of the week, and it is moved. Answers are words.
//!
//! "Mia plans the picnic for Tuesday. Because of rain the picnic slips by 4 days. Which day is that?"

mod check;
mod day;
mod forms;
mod generate;
mod lexicon;
mod spoil;

use std::collections::BTreeSet;

use serl_random::Stream32;

use crate::domain::{Domain, Flaw};
use crate::problem::Problem;

/// The domain of days of the week.
pub struct Calendar;

impl Domain for Calendar {
    fn name(&self) -> &'static str {
        "calendar"
    }

    fn words(&self) -> BTreeSet<String> {
        // A step begins with a day.
        let days = day::NAMES.iter().map(|name| (*name).to_owned());
        forms::GRAMMAR.words().into_iter().chain(days).collect()
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
