//! The strict reading of a question: either it is coherent and has one answer, or a reason why not.
//!
//! Knows the grammar and nothing about how a question was made. It serves as the solver (gold answers of
//! the evaluation problems) and as the judge of generated questions; nothing here reaches training.

use super::equation::{Equation, Operation};
use super::forms::{Effect, GRAMMAR};
use crate::problem::Problem;
use crate::story::grammar::Incoherence;
use crate::story::template::Mentions;

/// Reads a question as a problem.
///
/// Coherent means: every sentence is one of the grammar, in its place; the same person and the same object
/// throughout; pronouns that agree with the person; every value within `0..=99`.
///
/// # Errors
/// The first [`Incoherence`] found, in the order: sentences, object, person, pronouns, values.
pub fn solve(question: &str) -> Result<Problem, Incoherence> {
    let sentences = GRAMMAR.read(question)?;
    let (chain, answer) = chain(&sentences)?;
    let said = sentences.iter().flat_map(|(_, mentions)| &mentions.numbers).last();
    Ok(Problem {
        question: question.trim().to_owned(),
        working: chain.iter().map(ToString::to_string).collect(),
        answer: answer.to_string(),
        last_said: said.map(u32::to_string).unwrap_or_default(),
        quick: sentences.iter().any(|(effect, _)| matches!(effect, Effect::AskQuick)),
    })
}

fn chain(sentences: &[(Effect, Mentions)]) -> Result<(Vec<Equation>, u32), Incoherence> {
    let mut chain = Vec::new();
    let mut value = 0;
    for (effect, mentions) in sentences {
        let (first, second) = match mentions.numbers.as_slice() {
            [first, second] => (*first, *second),
            [first] => (*first, 0),
            _ => (0, 0),
        };
        let (left, operation, right) = match effect {
            Effect::Start => {
                value = first;
                continue;
            }
            Effect::Ask | Effect::AskQuick => continue,
            Effect::StartSum => (first, Operation::Add, second),
            Effect::StartProduct => (first, Operation::Multiply, second),
            Effect::Add => (value, Operation::Add, first),
            Effect::Subtract => (value, Operation::Subtract, first),
            Effect::Times(factor) => (value, Operation::Multiply, *factor),
        };
        let equation = Equation::new(left, operation, right).ok_or(Incoherence::Range)?;
        value = equation.result();
        chain.push(equation);
    }
    match chain.is_empty() {
        true => Err(Incoherence::TooShort),
        false => Ok((chain, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(question: &str) -> Option<Incoherence> {
        solve(question).err()
    }

    #[test]
    fn a_coherent_question_is_solved() -> Result<(), Incoherence> {
        let problem = solve(
            "Mia has 12 apples. Mia buys 7 more apples at the fair. On Monday Mia breaks 5 of her apples. \
             How many apples are left?",
        )?;
        assert_eq!(problem.worked(), "12+7=19\n19-5=14\n#### 14");
        assert_eq!(problem.last_said, "5");
        assert!(problem.quick);
        Ok(())
    }

    #[test]
    fn openings_with_two_numbers_are_an_equation() -> Result<(), Incoherence> {
        let product = solve("Tom packs 4 bags with 6 pens each. Find the number of pens that Tom has.")?;
        assert_eq!(product.worked(), "4*6=24\n#### 24");
        assert!(!product.quick);
        let sum = solve("Eva has 9 old cups and 8 new cups. Then the number of cups triples. How many cups are left?")?;
        assert_eq!(sum.worked(), "9+8=17\n17*3=51\n#### 51");
        Ok(())
    }

    #[test]
    fn each_incoherence_is_named() {
        let cases = [
            ("", Incoherence::TooShort),
            ("Mia has 12 apples. How many apples are left?", Incoherence::TooShort),
            (
                "Mia apples 12. She throws away 2 apples. How many apples are left?",
                Incoherence::Opening,
            ),
            (
                "Mia has 12 apples. She sings at home. How many apples are left?",
                Incoherence::Change,
            ),
            (
                "Mia has 12 apples. She throws away 2 apples. How many apples?",
                Incoherence::Closing,
            ),
            (
                "Mia has 12 apples. She throws away 2 pens. How many apples are left?",
                Incoherence::Things,
            ),
            (
                "Mia has 12 apples. Tom loses 2 apples at home. How many apples are left?",
                Incoherence::People,
            ),
            (
                "Mia has 12 apples. He throws away 2 apples. How many apples are left?",
                Incoherence::Pronouns,
            ),
            (
                "Mia has 12 apples. She throws away 13 apples. How many apples are left?",
                Incoherence::Range,
            ),
            (
                "Mia has 98 apples. She adds 2 apples at noon. How many apples are left?",
                Incoherence::Range,
            ),
        ];
        for (question, expected) in cases {
            assert_eq!(reason(question), Some(expected), "{question}");
        }
    }
}
