//! Short answers mean the same as far as they have the same words.
//!
//! An answer is read in this order: [`tokens`], [`asides`], [`figures`] ([`numbers`], [`units`], [`dates`]), then its
//! words, which [`context`] completes ([`variants`]) and [`polarity`] turns. [`score`] compares two of them.

mod answer;
mod asides;
mod context;
mod dates;
mod figures;
mod lists;
mod numbers;
mod polarity;
mod score;
mod tokens;
mod units;
mod variants;
mod vocabulary;

use rust_stemmers::{Algorithm, Stemmer};

use self::answer::Answer;
use self::context::Context;
use self::tokens::{Piece, pieces};
use super::likeness::{Alike, Likeness, Question};
use crate::error::StageError;
use crate::sampling::work::Work;
use crate::stage::at::At;

/// The share of words in common, in which the words that the shorter answer alone has weigh most.
///
/// Compared are stems of words that the instruction lacks, so that `It is Paris` and `The capital is Paris` are one.
/// Acronyms and abbreviations are the words of the group that they stand for. What an answer adds in brackets or
/// after a comma counts half.
///
/// Answers have nothing in common if one is negated or takes the other side, if their numbers, quantities or dates
/// differ, if each has a name that the other lacks, or if one lists a part of what the other lists.
///
/// English only: words, rules and stems are those of English. In other languages, words are compared all the same, but
/// little else is understood, and negations are not.
pub(super) struct Words;

impl Likeness for Words {
    fn of(&self, _at: At, questions: &[Question<'_>], work: &dyn Work) -> Result<Alike, StageError> {
        let stemmer = Stemmer::create(Algorithm::English);
        let matrix = |question: &Question<'_>| {
            work.check_cancelled()?;
            Ok(alike(question.instruction, &question.texts, &stemmer))
        };
        questions.iter().map(matrix).collect()
    }
}

/// The likeness of each two answers to an instruction.
fn alike(instruction: &str, answers: &[String], stemmer: &Stemmer) -> Vec<Vec<f64>> {
    let answers: Vec<Vec<Piece>> = answers.iter().map(|answer| pieces(answer)).collect();
    let context = Context::of(instruction, &answers, stemmer);
    let answers: Vec<Answer> = answers.iter().map(|answer| Answer::of(answer, &context)).collect();
    let row = |a: &Answer| answers.iter().map(|b| score::likeness(a, b, &context)).collect();
    answers.iter().map(row).collect()
}

#[cfg(test)]
mod tests;
