//! Gold answers, ready to be compared with.

use serl_answers::{Choices, Method, gold_answer};
use serl_artifacts::tables::Problem;

use super::reading::{self, Reading};

/// The gold answers of a problem.
pub(crate) struct Gold {
    choices: Choices,
    /// Any of them is right.
    canonical: Vec<String>,
}

impl Gold {
    pub(crate) fn new(problem: &Problem) -> Self {
        let choices = Choices::new(&problem.choices);
        let answers = std::iter::once(&problem.gold_answer).chain(&problem.accepted);
        let canonical = answers.filter_map(|answer| choices.canonical(&gold_answer(answer)).ok());
        Self {
            canonical: canonical.collect(),
            choices,
        }
    }

    /// The final answer of a response, an option's text being its letter, and whether it is right.
    pub(crate) fn grade(&self, response: &str, order: &[Method]) -> (Reading, bool) {
        let mut reading = reading::of(self.choices.extract(response, order));
        let given = reading
            .answer
            .as_deref()
            .and_then(|answer| self.choices.canonical(answer).ok());
        let right = given.as_ref().is_some_and(|given| self.canonical.contains(given));
        reading.canonical = given;
        (reading, right)
    }
}
