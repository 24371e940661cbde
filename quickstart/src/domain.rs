//! What a domain is: problems that it can write, solve and spoil.
//!
//! Everything else of this crate (splits, documents, tokenizer, noise) is the same for all domains. A new domain is a
//! folder that implements [`Domain`], and a line in [`crate::domains`].

use std::collections::BTreeSet;

use serl_random::Stream32;

use crate::problem::Problem;

/// A kind of word problem with one right answer each.
pub trait Domain: Sync {
    /// Its name in recipes and on the command line.
    fn name(&self) -> &'static str;

    /// The words of its questions, workings and answers, as the tokenizer cuts them: with the space before them, if
    /// there is one.
    fn words(&self) -> BTreeSet<String>;

    /// A problem whose number of steps is drawn from `lengths` (each at least 1).
    fn problem(&self, draw: &mut Stream32, lengths: &[usize]) -> Problem;

    /// Reads a question strictly.
    ///
    /// # Errors
    /// Why the question is not coherent, in words that count well: a reason from a short list, without particulars.
    fn solve(&self, question: &str) -> Result<Problem, String>;

    /// The question of a problem with a flaw, or `None` if this one cannot have it.
    fn spoil(&self, flaw: Flaw, problem: &Problem, draw: &mut Stream32) -> Option<String>;
}

/// A flaw that only a domain can give its questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// One mention of what the question is about is of something else.
    Thing,
    /// One name or pronoun is of somebody else.
    Person,
    /// No answer exists.
    Unsolvable,
    /// The question ends with the domain's first closing phrase. It stays coherent.
    Closing,
}
