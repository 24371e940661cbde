//! The strict reading of a question: either it is coherent and has one answer, or a reason why not.
//!
//! Knows the grammar and nothing about how a question was made. It serves as the solver (gold answers of
//! the evaluation problems) and as the judge of generated questions; nothing here reaches training.

use std::fmt;

use crate::forms::{CHANGES, CLOSINGS, Effect, Form, OPENINGS};
use crate::problem::{Equation, Operation, Problem};
use crate::template::{Mentions, read};

/// Why a question is not strictly coherent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Incoherence {
    /// There are fewer than two sentences, or nothing happens to the count.
    TooShort,
    /// The first sentence introduces no person and object.
    Opening,
    /// A middle sentence is not one of the grammar.
    Change,
    /// The last sentence is not a question of the grammar.
    Closing,
    /// More than one kind of object is counted.
    Objects,
    /// More than one person is named.
    People,
    /// A pronoun does not agree with the person.
    Pronouns,
    /// A value falls below 0 or rises above the largest number of the domain.
    Range,
}

impl fmt::Display for Incoherence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Incoherence::TooShort => "too short",
            Incoherence::Opening => "unknown opening",
            Incoherence::Change => "unknown middle sentence",
            Incoherence::Closing => "unknown closing",
            Incoherence::Objects => "object changes",
            Incoherence::People => "person changes",
            Incoherence::Pronouns => "pronoun disagrees",
            Incoherence::Range => "value out of range",
        })
    }
}

/// Reads a question as a problem.
///
/// Coherent means: every sentence is one of the grammar, in its place; the same person and the same object
/// throughout; pronouns that agree with the person; every value within `0..=`[`crate::problem::CAP`].
///
/// # Errors
/// The first [`Incoherence`] found, in the order: sentences, object, person, pronouns, values.
pub fn solve(question: &str) -> Result<Problem, Incoherence> {
    let sentences = sentences(question.trim());
    let [opening, changes @ .., closing] = sentences.as_slice() else {
        return Err(Incoherence::TooShort);
    };
    let mut all = Vec::with_capacity(sentences.len());
    all.push(understand(OPENINGS, opening).ok_or(Incoherence::Opening)?);
    for change in changes {
        all.push(understand(CHANGES, change).ok_or(Incoherence::Change)?);
    }
    all.push(understand(CLOSINGS, closing).ok_or(Incoherence::Closing)?);
    agreement(all.iter().map(|(_, mentions)| mentions))?;
    let (chain, answer) = chain(&all)?;
    let quick = all.iter().any(|(effect, _)| matches!(effect, Effect::AskQuick));
    Ok(Problem {
        question: question.trim().to_owned(),
        chain,
        answer,
        quick,
    })
}

/// The text cut behind every full stop or question mark that a single space follows.
fn sentences(text: &str) -> Vec<&str> {
    let mut rest = text;
    let mut sentences = Vec::new();
    while let Some(at) = rest.find(". ").or_else(|| rest.find("? ")) {
        sentences.push(&rest[..=at]);
        rest = &rest[at + 2..];
    }
    sentences.push(rest);
    sentences
}

fn understand(forms: &[Form], sentence: &str) -> Option<(Effect, Mentions)> {
    forms
        .iter()
        .find_map(|form| Some((form.effect, read(form.template, sentence)?)))
}

fn agreement<'m>(sentences: impl Iterator<Item = &'m Mentions>) -> Result<(), Incoherence> {
    let mut whole = Mentions::default();
    for mentions in sentences {
        whole.objects.extend(&mentions.objects);
        whole.people.extend(&mentions.people);
        whole.genders.extend(&mentions.genders);
    }
    if whole.objects.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err(Incoherence::Objects);
    }
    if whole.people.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err(Incoherence::People);
    }
    let person = whole.people.first().ok_or(Incoherence::People)?;
    match whole.genders.iter().all(|gender| *gender == person.gender) {
        true => Ok(()),
        false => Err(Incoherence::Pronouns),
    }
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
                Incoherence::Objects,
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
