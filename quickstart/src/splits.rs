//! What is held out, and the stream of problems that avoids it.
//!
//! Knows nothing of documents. A held-out problem is kept away from the warm start both as a text and as an
//! exercise: no training problem has its question or its chain of equations.

use std::collections::HashSet;

use serl_random::Stream32;

use crate::generate::{ALL_LENGTHS, problem};
use crate::problem::{Equation, Problem};

/// Stream of the held-out problems; the warm start uses others.
const HELD_OUT_STREAM: u64 = 0;

/// The held-out problems, pairwise different in text and in chain.
#[derive(Debug, Clone)]
pub struct Splits {
    /// Evaluation problems, used with their answers, never in training.
    pub eval: Vec<Problem>,
    /// Seed problems of the self-instruction, used without answers.
    pub seeds: Vec<Problem>,
    /// Problems to choose hyper-parameters on.
    pub validation: Vec<Problem>,
    questions: HashSet<String>,
    chains: HashSet<Vec<Equation>>,
}

impl Splits {
    /// Draws the three sets, of the given sizes, from the seed.
    pub fn new(seed: u64, eval: usize, seeds: usize, validation: usize) -> Self {
        let mut draw = Stream32::new(seed, HELD_OUT_STREAM);
        let mut splits = Self {
            eval: Vec::new(),
            seeds: Vec::new(),
            validation: Vec::new(),
            questions: HashSet::new(),
            chains: HashSet::new(),
        };
        splits.eval = splits.hold_out(&mut draw, eval);
        splits.seeds = splits.hold_out(&mut draw, seeds);
        splits.validation = splits.hold_out(&mut draw, validation);
        splits
    }

    fn hold_out(&mut self, draw: &mut Stream32, count: usize) -> Vec<Problem> {
        (0..count)
            .map(|_| {
                let fresh = self.fresh(draw, ALL_LENGTHS);
                self.questions.insert(fresh.question.clone());
                self.chains.insert(fresh.chain.clone());
                fresh
            })
            .collect()
    }

    /// A problem that shares neither text nor chain with anything held out.
    pub fn fresh(&self, draw: &mut Stream32, lengths: &[usize]) -> Problem {
        loop {
            let made = problem(draw, lengths);
            if !self.questions.contains(&made.question) && !self.chains.contains(&made.chain) {
                return made;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_held_out_is_drawn_again() {
        let splits = Splits::new(3, 50, 50, 20);
        let held_out: Vec<&Problem> = splits
            .eval
            .iter()
            .chain(&splits.seeds)
            .chain(&splits.validation)
            .collect();
        let questions: HashSet<&str> = held_out.iter().map(|p| p.question.as_str()).collect();
        let chains: HashSet<&[Equation]> = held_out.iter().map(|p| p.chain.as_slice()).collect();
        assert_eq!((questions.len(), chains.len()), (120, 120));
        let mut draw = Stream32::new(3, 1);
        for _ in 0..2000 {
            let fresh = splits.fresh(&mut draw, ALL_LENGTHS);
            assert!(!questions.contains(fresh.question.as_str()));
            assert!(!chains.contains(fresh.chain.as_slice()));
        }
    }

    #[test]
    fn the_same_seed_holds_out_the_same_problems() {
        assert_eq!(Splits::new(1, 9, 9, 9).seeds, Splits::new(1, 9, 9, 9).seeds);
        assert_ne!(Splits::new(1, 9, 9, 9).eval, Splits::new(2, 9, 9, 9).eval);
    }
}
