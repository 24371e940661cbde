//! Solving many questions, and counting why some cannot be solved.

use std::collections::BTreeMap;

use serl_quickstart::domain::Domain;
use serl_quickstart::problem::Problem;

use super::output::complain;

/// What became of the questions.
#[derive(Default)]
pub struct Tally {
    /// The problems of those that could be solved, in order.
    pub solved: Vec<Problem>,
    /// How many could not be solved, by reason.
    pub reasons: BTreeMap<String, usize>,
}

impl Tally {
    /// Solves the questions; `list` prints each that cannot be, with the reason.
    pub fn of(domain: &dyn Domain, questions: &[String], list: bool) -> Self {
        let mut tally = Self::default();
        for question in questions {
            match domain.solve(question) {
                Ok(problem) => tally.solved.push(problem),
                Err(reason) => {
                    if list {
                        complain(&format!("{reason}: {question}"));
                    }
                    *tally.reasons.entry(reason).or_default() += 1;
                }
            }
        }
        tally
    }
}
