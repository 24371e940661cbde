//! What is held out, and the stream of problems that avoids it.
//!
//! Knows nothing of documents. A held-out problem is kept away from the warm start both as a text and as an
//! exercise: no training problem has its question or its working.

use std::collections::HashSet;

use serl_random::Stream32;

use crate::domain::Domain;
use crate::problem::Problem;
use crate::recipe::Recipe;

/// Stream of the held-out problems; the warm start uses others.
const HELD_OUT_STREAM: u64 = 0;

/// The held-out problems, pairwise different in text and in working.
pub struct Splits {
    /// Evaluation problems, used with their answers, never in training.
    pub eval: Vec<Problem>,
    /// Seed problems of the self-instruction, used without answers.
    pub seeds: Vec<Problem>,
    /// Problems to choose hyper-parameters on.
    pub validation: Vec<Problem>,
    domain: &'static dyn Domain,
    questions: HashSet<String>,
    workings: HashSet<Vec<String>>,
}

impl Splits {
    /// Draws the three sets, of the recipe's sizes and lengths, from the seed.
    pub fn new(domain: &'static dyn Domain, recipe: &Recipe, seed: u64) -> Self {
        let mut draw = Stream32::new(seed, HELD_OUT_STREAM);
        let mut splits = Self {
            eval: Vec::new(),
            seeds: Vec::new(),
            validation: Vec::new(),
            domain,
            questions: HashSet::new(),
            workings: HashSet::new(),
        };
        splits.eval = splits.hold_out(&mut draw, recipe.eval, &recipe.lengths);
        splits.seeds = splits.hold_out(&mut draw, recipe.seeds, &recipe.lengths);
        splits.validation = splits.hold_out(&mut draw, recipe.validation, &recipe.lengths);
        splits
    }

    fn hold_out(&mut self, draw: &mut Stream32, count: usize, lengths: &[usize]) -> Vec<Problem> {
        (0..count)
            .map(|_| {
                let fresh = self.fresh(draw, lengths);
                self.questions.insert(fresh.question.clone());
                self.workings.insert(fresh.working.clone());
                fresh
            })
            .collect()
    }

    /// A problem that shares neither text nor working with anything held out.
    pub fn fresh(&self, draw: &mut Stream32, lengths: &[usize]) -> Problem {
        loop {
            let made = self.domain.problem(draw, lengths);
            if !self.questions.contains(&made.question) && !self.workings.contains(&made.working) {
                return made;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::DOMAINS;

    fn splits(domain: &'static dyn Domain, seed: u64) -> Splits {
        let recipe = Recipe {
            eval: 50,
            seeds: 50,
            validation: 20,
            ..Recipe::default()
        };
        Splits::new(domain, &recipe, seed)
    }

    #[test]
    fn nothing_held_out_is_drawn_again() {
        for domain in DOMAINS {
            let splits = splits(*domain, 3);
            let held_out: Vec<&Problem> = splits
                .eval
                .iter()
                .chain(&splits.seeds)
                .chain(&splits.validation)
                .collect();
            let questions: HashSet<&str> = held_out.iter().map(|p| p.question.as_str()).collect();
            let workings: HashSet<&[String]> = held_out.iter().map(|p| p.working.as_slice()).collect();
            assert_eq!((questions.len(), workings.len()), (120, 120));
            let mut draw = Stream32::new(3, 1);
            for _ in 0..2000 {
                let fresh = splits.fresh(&mut draw, &[1, 2, 3]);
                assert!(!questions.contains(fresh.question.as_str()));
                assert!(!workings.contains(fresh.working.as_slice()));
            }
        }
    }

    #[test]
    fn the_same_seed_holds_out_the_same_problems() {
        for domain in DOMAINS {
            assert_eq!(splits(*domain, 1).seeds, splits(*domain, 1).seeds);
            assert_ne!(splits(*domain, 1).eval, splits(*domain, 2).eval);
        }
    }
}
