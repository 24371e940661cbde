//! What the ways of comparing answers have in common.

use crate::error::StageError;
use crate::sampling::work::Work;
use crate::stage::at::At;

/// The input that says whether answers mean the same: a model folder or a program.
pub(super) const EQUALITY: &str = "equality";

/// How alike the texts of each question are: a symmetric matrix of values within 0..=1. A text that is not like itself
/// is no answer, and has no vote.
pub(super) type Alike = Vec<Vec<Vec<f64>>>;

/// The different answers to one instruction.
pub(super) struct Question<'a> {
    pub(super) instruction: &'a str,
    pub(super) texts: Vec<String>,
}

/// Says how alike answers are.
pub(super) trait Likeness {
    /// The likeness of the texts of each question.
    ///
    /// # Errors
    /// A model or program that fails, an interruption.
    fn of(&self, at: At, questions: &[Question<'_>], work: &dyn Work) -> Result<Alike, StageError>;
}

/// Each of `texts` texts is like itself alone.
pub(super) fn alone(texts: usize) -> Vec<Vec<f64>> {
    let one = |a: usize, b: usize| f64::from(u8::from(a == b));
    (0..texts).map(|a| (0..texts).map(|b| one(a, b)).collect()).collect()
}
